using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr crawl</c>. Immutable.</summary>
internal sealed record CrawlOptions
{
    /// <summary>The network; not used with <see cref="CustomChain"/>.</summary>
    public NetworkName Network { get; init; }

    /// <summary>The chain of <c>--chain</c>; null for that of the network.</summary>
    public ChainParameters? CustomChain { get; init; }

    /// <summary>The number of peers of the sandbox; null for its default.</summary>
    public int? SandboxPeers { get; init; }

    /// <summary>The most visits at one time.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The most visits a second; 0 for no limit, null for the default of the network.</summary>
    public double? Rate { get; init; }

    /// <summary>The most visits a second to one netgroup; 0 for no limit, null for the default of the network.</summary>
    public double? NetgroupRate { get; init; }

    /// <summary>The most visits to one address a day; 0 for no limit.</summary>
    public int VisitsPerDay { get; init; }

    /// <summary>The time within which a node must answer the request for addresses; null for the default.</summary>
    public TimeSpan? AnswerTimeout { get; init; }

    /// <summary>The most addresses.</summary>
    public required int MaxAddresses { get; init; }

    /// <summary>True to end after one round.</summary>
    public bool Once { get; init; }

    /// <summary>The time from the start of a round to that of the next.</summary>
    public required TimeSpan Revisit { get; init; }

    /// <summary>The folder for results and the state; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>True to write each visit as a line of JSON.</summary>
    public bool Json { get; init; }

    /// <summary>The addresses to begin with.</summary>
    public ImmutableArray<NetworkEndPoint> Start { get; init; } = [];

    /// <summary>The DNS seeds; empty for those of the network.</summary>
    public ImmutableArray<HostAndPort> DnsSeeds { get; init; } = [];

    /// <summary>The name server; null for the system's resolver.</summary>
    public HostAndPort? DnsServer { get; init; }

    /// <summary>The networks to crawl; null for all that can be reached.</summary>
    public AddressNetworks? OnlyNetworks { get; init; }

    /// <summary>The proxies.</summary>
    public ProxyRules Proxies { get; init; } = ProxyRules.None;

    /// <summary>The SAM port of an I2P router; null for none.</summary>
    public EndPoint? I2PSam { get; init; }

    /// <summary>True to visit private addresses.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>The user agent; null for the default.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The file of the AS map; null for none.</summary>
    public string? AsMap { get; init; }

    /// <summary>The fleet to crawl with; null for none.</summary>
    public FleetSettings? Fleet { get; init; }

    /// <summary>The dashboard; null for none.</summary>
    public DashboardSettings? Dashboard { get; init; }

    /// <summary>The zone of a DNS seed; null for none.</summary>
    public ZoneSettings? Zone { get; init; }

    /// <summary>The chain.</summary>
    public ChainParameters Chain => NetworkWorld.WithDnsSeeds(CustomChain ?? NetworkWorld.GetChain(Network), DnsSeeds);

    /// <summary>True when the network is in memory.</summary>
    public bool IsSandbox => CustomChain is null && Network == NetworkName.Sandbox;
}
