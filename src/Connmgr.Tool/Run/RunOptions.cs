using System.Collections.Immutable;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>What <c>connmgr run</c> was asked for. Immutable.</summary>
internal sealed record RunOptions
{
    /// <summary>The greatest number of automatic peers.</summary>
    public const int MaxTarget = 10_000;

    public NetworkName Network { get; init; } = NetworkName.Sandbox;

    /// <summary>The number of automatic peers; null when it was not said.</summary>
    public int? Target { get; init; }

    /// <summary>The only peers to connect to, when there are any.</summary>
    public ImmutableArray<HostAndPort> Connect { get; init; } = [];

    /// <summary>Permanent peers in addition.</summary>
    public ImmutableArray<HostAndPort> AddPeers { get; init; } = [];

    /// <summary>Where to listen; each has a port.</summary>
    public ImmutableArray<ListenAddress> Listen { get; init; } = [];

    /// <summary>Where others can reach us; those of port 0 have the one that is listened on.</summary>
    public ImmutableArray<NetworkEndPoint> ExternalAddresses { get; init; } = [];

    /// <summary>The file that maps addresses to autonomous systems; null for none.</summary>
    public string? AsMap { get; init; }

    /// <summary>The most inbound peers; null when it was not said.</summary>
    public int? MaxInbound { get; init; }

    /// <summary>The most inbound peers, also when it was not said.</summary>
    public int MostInbound => MaxInbound ?? new PeerNetworkOptions().MaxInbound!.Value;

    /// <summary>The other limits of inbound peers.</summary>
    public InboundLimits InboundLimits { get; init; } = new();

    /// <summary>The memory of messages that are arriving, in bytes; null when it was not said.</summary>
    public int? ReceiveBudget { get; init; }

    /// <summary>The DNS seeds to ask instead of the network's; empty: those.</summary>
    public ImmutableArray<HostAndPort> DnsSeeds { get; init; } = [];

    /// <summary>The name server to ask for them; null for the system's resolver.</summary>
    public HostAndPort? DnsServer { get; init; }

    /// <summary>Peers to get the first addresses from.</summary>
    public ImmutableArray<HostAndPort> SeedNodes { get; init; } = [];

    /// <summary>The file with the addresses of last resort; null for none.</summary>
    public string? FixedPeers { get; init; }

    /// <summary>The networks to find peers of; null for all that can be reached.</summary>
    public AddressNetworks? OnlyNetworks { get; init; }

    /// <summary>Which proxy leads to which network.</summary>
    public ProxyRules Proxies { get; init; } = ProxyRules.None;

    /// <summary>Tor's control port; null for none.</summary>
    public EndPoint? TorControl { get; init; }

    /// <summary>The file with its password; null for its cookie.</summary>
    public string? TorPasswordFile { get; init; }

    /// <summary>Whether Tor's cookie may be sent as it is.</summary>
    public bool TorAllowPlainCookie { get; init; }

    /// <summary>Where Tor reaches the listener of the onion service; null for the address by which Tor was reached.</summary>
    public IPEndPoint? OnionTarget { get; init; }

    /// <summary>Where to serve the dashboard; null for none.</summary>
    public DashboardSettings? Dashboard { get; init; }

    public string? DataDirectory { get; init; }

    /// <summary>Whether to end once nothing is missing.</summary>
    public bool UntilFull { get; init; }

    /// <summary>How long that may take; null for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool Json { get; init; }

    /// <summary>
    /// Where others can reach us, with ports: where none was said, that of the first address that is listened on, for .onion addresses of the
    /// first that an onion service leads to.
    /// </summary>
    /// <param name="defaultPort">The port of the network.</param>
    public ImmutableArray<NetworkEndPoint> ExternalEndPoints(int defaultPort)
    {
        var ordinary = PortOf(isOnion: false) ?? PortOf(isOnion: true) ?? defaultPort;
        var onion = PortOf(isOnion: true) ?? ordinary;
        return
        [
            .. ExternalAddresses.Select(external => external switch
            {
                { Port: > 0 } or { Address.Network: AddressNetwork.I2P } => external, // Which has no ports.
                { Address.Network: AddressNetwork.TorV3 } => external with { Port = (ushort)onion },
                _ => external with { Port = (ushort)ordinary },
            }),
        ];
    }

    /// <summary>The peers to keep, wherever they were named.</summary>
    /// <param name="defaultPort">The port of those without one.</param>
    public ImmutableArray<EndPoint> PermanentPeers(int defaultPort) =>
        [.. Connect.Concat(AddPeers).Select(peer => peer.ToEndPoint(defaultPort)).Distinct()];

    /// <summary>What is wrong with the total of connections.</summary>
    /// <param name="target">The number of automatic peers.</param>
    /// <returns>Null when nothing is.</returns>
    public string? FaultOfTotal(int target)
    {
        var kept = target + (InboundLimits.Allowed.Count > 0 ? InboundLimits.AllowedBudget : 0);
        return InboundLimits.MaxConnections < kept
            ? $"--max-connections is {InboundLimits.MaxConnections}, and {kept} places are kept for --target and for peers of --allow: use at least {kept}"
            : null;
    }

    private int? PortOf(bool isOnion) => Listen.Where(local => local.IsOnion == isOnion).Select(local => local.Host.Port).FirstOrDefault(port => port > 0);
}

/// <summary>An address of <c>--listen</c>. An immutable value.</summary>
/// <param name="Host">The local address, with its port.</param>
/// <param name="IsOnion">Whether an onion service leads there, and nothing else.</param>
internal sealed record ListenAddress(HostAndPort Host, bool IsOnion)
{
    /// <summary>What is at the end of one that an onion service leads to, as of Bitcoin Core's -bind.</summary>
    public const string OnionSuffix = "=onion";

    public ListenerProfile Profile => IsOnion ? new ListenerProfile { IsOnion = true } : ListenerProfile.Default;
}
