using System.Collections.Immutable;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr run</c>. Immutable.</summary>
internal sealed record RunOptions
{
    /// <summary>The greatest number of automatic peers.</summary>
    public const int MaxTarget = 10_000;

    public NetworkName Network { get; init; } = NetworkName.Sandbox;

    /// <summary>The chain of <c>--chain</c>, in place of the network; null for none.</summary>
    public ChainParameters? CustomChain { get; init; }

    /// <summary>The name of the network or of the chain in its place.</summary>
    public string ChainName => CustomChain?.Name ?? Names.Get(Network);

    /// <summary>True when the run is in memory.</summary>
    public bool IsSandbox => CustomChain is null && Network == NetworkName.Sandbox;

    /// <summary>The number of automatic peers; null for the default.</summary>
    public int? Target { get; init; }

    /// <summary>The groups of automatic peers; empty for one without requirements.</summary>
    public ImmutableArray<PeerGroup> Groups { get; init; } = [];

    /// <summary>The number of automatic peers that the options ask for: of all groups, or the target, or its default.</summary>
    public int WantedTarget => Groups.IsEmpty ? Target ?? ConnectionManagerDefaults.TargetOutbound : (int)Math.Min(int.MaxValue, Groups.Sum(static group => (long)group.Target));

    /// <summary>True to replace the worst peers by better ones.</summary>
    public bool Upgrade { get; init; }

    /// <summary>The quarantine of addresses; null for the default.</summary>
    public QuarantineChoice? Quarantine { get; init; }

    /// <summary>The only peers to connect to; empty for any.</summary>
    public ImmutableArray<HostAndPort> Connect { get; init; } = [];

    /// <summary>Permanent peers in addition.</summary>
    public ImmutableArray<HostAndPort> AddPeers { get; init; } = [];

    /// <summary>The addresses to listen at, with their ports.</summary>
    public ImmutableArray<ListenAddress> Listen { get; init; } = [];

    /// <summary>The addresses at which others can reach this node. Port 0 stands for the port of the listener.</summary>
    public ImmutableArray<NetworkEndPoint> ExternalAddresses { get; init; } = [];

    /// <summary>True to discover such addresses; null for the default.</summary>
    public bool? Discover { get; init; }

    /// <summary>The protocol by which the gateway is asked to forward the ports of the listeners.</summary>
    public PortMappingMethod PortMapping { get; init; }

    /// <summary>The file that maps addresses to autonomous systems; null for none.</summary>
    public string? AsMap { get; init; }

    /// <summary>The most inbound peers; null for the default.</summary>
    public int? MaxInbound { get; init; }

    /// <summary>The most inbound peers, or the default.</summary>
    public int EffectiveMaxInbound => MaxInbound ?? new PeerNetworkOptions().MaxInbound!.Value;

    /// <summary>The other limits of inbound peers.</summary>
    public InboundLimits InboundLimits { get; init; } = new();

    /// <summary>The policies for the transport of connections.</summary>
    public TransportChoice Transport { get; init; } = TransportChoice.Default;

    /// <summary>The most bytes of messages that are being received; null for the default.</summary>
    public int? ReceiveBudget { get; init; }

    /// <summary>The services, the user agent and the rest that the run tells its peers.</summary>
    public RunIdentity Identity { get; init; } = new();

    /// <summary>The DNS seeds to ask; empty for those of the network.</summary>
    public ImmutableArray<HostAndPort> DnsSeeds { get; init; } = [];

    /// <summary>True to ask DNS seeds.</summary>
    public bool AsksDnsSeeds { get; init; } = true;

    /// <summary>The name server to ask for them; null for the system's resolver.</summary>
    public HostAndPort? DnsServer { get; init; }

    /// <summary>The peers from which to get the first addresses.</summary>
    public ImmutableArray<HostAndPort> SeedNodes { get; init; } = [];

    /// <summary>The file with the fixed seeds; null for none.</summary>
    public string? FixedPeers { get; init; }

    /// <summary>The networks in which to find peers; null for all that can be reached.</summary>
    public AddressNetworks? OnlyNetworks { get; init; }

    /// <summary>The proxies by network.</summary>
    public ProxyRules Proxies { get; init; } = ProxyRules.None;

    /// <summary>Tor's control port; null for none.</summary>
    public EndPoint? TorControl { get; init; }

    /// <summary>The file with its password; null for its cookie.</summary>
    public string? TorPasswordFile { get; init; }

    /// <summary>True to allow sending Tor's cookie as it is.</summary>
    public bool TorAllowPlainCookie { get; init; }

    /// <summary>The address at which Tor reaches the listener of the onion service; null for the address from which Tor is reached.</summary>
    public IPEndPoint? OnionTarget { get; init; }

    /// <summary>The SAM bridge of an I2P router; null for none.</summary>
    public EndPoint? I2PSam { get; init; }

    /// <summary>True to dial from I2P addresses of one connection each, and to accept none.</summary>
    public bool I2PTransient { get; init; }

    /// <summary>The number of routers in each I2P tunnel; null for the router's default.</summary>
    public int? I2PTunnelLength { get; init; }

    /// <summary>The fleet to join; null for none.</summary>
    public FleetSettings? Fleet { get; init; }

    /// <summary>The settings of the dashboard; null for none.</summary>
    public DashboardSettings? Dashboard { get; init; }

    public string? DataDirectory { get; init; }

    /// <summary>True to end once nothing is missing.</summary>
    public bool UntilFull { get; init; }

    /// <summary>The time limit for that; null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool Json { get; init; }

    /// <summary>Gets the permanent peers of all options.</summary>
    /// <param name="defaultPort">The port of peers without one.</param>
    public ImmutableArray<EndPoint> PermanentPeers(int defaultPort) =>
        [.. Connect.Concat(AddPeers).Select(peer => peer.ToEndPoint(defaultPort)).Distinct()];

    /// <summary>Finds the fault in the total of connections.</summary>
    /// <param name="target">The number of automatic peers.</param>
    /// <returns>The fault; null when there is none.</returns>
    public string? FindTotalFault(int target)
    {
        var kept = target + (InboundLimits.AllowList.Count > 0 ? InboundLimits.MaxAllowListed : 0);
        return InboundLimits.MaxConnections < kept
            ? $"--max-connections is {InboundLimits.MaxConnections}, and {kept} places are reserved for {(Groups.IsEmpty ? "--target" : "--group")} and for peers of --allow: use at least {kept}"
            : null;
    }

    /// <summary>Finds the reason why most nodes will not stay connected to the listeners. The hosts of the sandbox do.</summary>
    /// <returns>The reason and the remedies; null when there is none.</returns>
    public string? FindInboundProblem() => Listen.IsEmpty || IsSandbox || Identity.IsKept
        ? null
        : $"--services is {ServiceWords.Format(Identity.Services)}, so most nodes will refuse to keep this run as an automatic peer: they want blocks and witnesses. "
            + "Nodes keep it whose operator names it (addnode in Bitcoin Core, --add-peer in connmgr). "
            + "--services network+witness helps only for a while: a run answers no request for blocks, and nodes leave peers that do not.";

    /// <summary>Gets the policies of the run.</summary>
    /// <param name="policies">The policies of the network.</param>
    public PeerPolicies ApplyTo(PeerPolicies policies) => policies with
    {
        Upgrade = Upgrade ? policies.Upgrade ?? new() : policies.Upgrade,
        Quarantine = Quarantine is { } chosen ? chosen.Options : policies.Quarantine,
    };
}

/// <summary>An address of <c>--listen</c>. An immutable value.</summary>
/// <param name="Host">The local address, with its port.</param>
/// <param name="IsOnion">True when only an onion service leads there.</param>
internal sealed record ListenAddress(HostAndPort Host, bool IsOnion)
{
    /// <summary>The suffix of an address to which an onion service leads, as in Bitcoin Core's -bind.</summary>
    public const string OnionSuffix = "=onion";

    public ListenerProfile Profile => IsOnion ? new ListenerProfile { IsOnion = true } : ListenerProfile.Default;
}
