namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr seed</c>. Immutable.</summary>
internal sealed record SeedOptions
{
    /// <summary>The chain, with the DNS seeds to ask.</summary>
    public required ChainParameters Chain { get; init; }

    public ulong Services { get; init; }

    /// <summary>The name server to ask; null for the system's resolver.</summary>
    public HostAndPort? DnsServer { get; init; }

    /// <summary>The time for each seed.</summary>
    public TimeSpan Timeout { get; init; }

    public bool Json { get; init; }
}
