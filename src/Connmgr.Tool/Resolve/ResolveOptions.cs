using System.Net;

namespace Connmgr.Tool;

/// <summary>What <c>connmgr resolve</c> was asked for. Immutable.</summary>
internal sealed record ResolveOptions
{
    /// <summary>The name, or the address whose name is wanted.</summary>
    public required string Query { get; init; }

    /// <summary>Tor's SOCKS port.</summary>
    public required EndPoint Proxy { get; init; }

    /// <summary>Whether it is an address whose name is wanted.</summary>
    public bool Reverse { get; init; }

    /// <summary>How often a name is looked up, by circuits of their own.</summary>
    public int Lookups { get; init; }

    public TimeSpan Timeout { get; init; }

    public bool Json { get; init; }
}
