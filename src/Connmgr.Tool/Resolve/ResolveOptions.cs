using System.Net;

namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr resolve</c>. Immutable.</summary>
internal sealed record ResolveOptions
{
    /// <summary>The name, or the address for a reverse lookup.</summary>
    public required string Query { get; init; }

    /// <summary>Tor's SOCKS port.</summary>
    public required EndPoint Proxy { get; init; }

    /// <summary>True to look up the name of an address.</summary>
    public bool Reverse { get; init; }

    /// <summary>The number of lookups of a name, each through a separate circuit.</summary>
    public int Lookups { get; init; }

    public TimeSpan Timeout { get; init; }

    public bool Json { get; init; }
}
