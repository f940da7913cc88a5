using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>Settings of the peers of a Bitcoin chain, as configuration has them. Names and defaults are those of <see cref="PeerNetworkOptions"/>. Not thread-safe.</summary>
public sealed class BitcoinPeersSettings : ConnectionSettings
{
    /// <summary>Creates settings with the defaults.</summary>
    public BitcoinPeersSettings() => MaxInbound = new PeerNetworkOptions().MaxInbound;

    /// <summary>
    /// The chain: mainnet, testnet4, signet or regtest. Required, unless <see cref="ChainFile"/> is set, the instance is named after one, or the program supplies one by
    /// <see cref="BitcoinPeersBuilder.UseChain"/>.
    /// </summary>
    public string? Chain { get; set; }

    /// <summary>
    /// The path of a file that describes another chain, instead of <see cref="Chain"/> (<see cref="Connmgr.ChainFile"/>). A relative path
    /// starts at the current directory of the process. Default: none.
    /// </summary>
    public string? ChainFile { get; set; }

    /// <summary>
    /// The directory for persistent data: address book, anchors and bans, in a folder for each chain. Null, the default: everything is kept
    /// in memory.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// The groups of outbound peers to keep, instead of <see cref="ConnectionSettings.TargetOutbound"/>, the most wanted first; each as
    /// NAME=TARGET, such as filters=5,services=filters or tor=1,net=onion (<see cref="PeerGroup.TryParse"/>). Default: none. May change at
    /// run time.
    /// </summary>
    public IList<PeerGroup> Groups { get; set; } = [];

    /// <summary>
    /// True to replace the worst peer of a full group by a clearly better one from time to time (<see cref="PeerPolicies.Upgrade"/>). Default
    /// false.
    /// </summary>
    public bool UpgradeEnabled { get; set; }

    /// <summary>The options of the upgrade, which apply with <see cref="UpgradeEnabled"/>.</summary>
    public PeerUpgrade Upgrade { get; set; } = new();

    /// <summary>
    /// True to let the addresses of peers rest that leave early, time out, or lack services that they promised
    /// (<see cref="PeerPolicies.Quarantine"/>). Default true.
    /// </summary>
    public bool QuarantineEnabled { get; set; } = true;

    /// <summary>The options of the quarantine, which apply with <see cref="QuarantineEnabled"/>.</summary>
    public PeerQuarantine Quarantine { get; set; } = new();

    /// <summary>
    /// The addresses at which others can reach the program, each with or without a port, beyond those that it knows by itself
    /// (<see cref="PeerNetworkOptions.ExternalAddresses"/>). Without a port, that of the listener. Default: none.
    /// </summary>
    public IList<NetworkEndPoint> ExternalAddresses { get; set; } = [];

    /// <summary>
    /// True to announce the public addresses of listeners and interfaces (<see cref="PeerNetworkOptions.DiscoverAddresses"/>). Null, the
    /// default: true with a listener, without a proxy for names and without external IPv4 and IPv6 addresses.
    /// </summary>
    public bool? DiscoverAddresses { get; set; }

    /// <summary>True to query the DNS seeds of the chain. Default true.</summary>
    public bool UseChainSeeds { get; set; } = true;

    /// <summary>The DNS seeds to query in addition to those of the chain. Default: none.</summary>
    public IList<string> DnsSeeds { get; set; } = [];

    /// <summary>The peers to ask for addresses before the DNS seeds: IP:PORT, [IPv6]:PORT or NAME:PORT. Without a port, or with port 0, the chain's default port. Default: none.</summary>
    public IList<EndPoint> SeedNodes { get; set; } = [];

    /// <summary>The networks to find peers of: ipv4, ipv6, onion, i2p, cjdns. Those that cannot be reached are left out. Default: all.</summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// The proxies by network, each as in Bitcoin Core's -proxy: 127.0.0.1:9050 for everything but I2P, 127.0.0.1:9050=onion for one network,
    /// 127.0.0.1:9050=always for private addresses too. Default: none, all connections are direct.
    /// </summary>
    public ProxyRules Proxies { get; set; } = ProxyRules.None;

    /// <summary>
    /// True on a host with CJDNS: addresses in fc00::/8 are dialled and announced, as Bitcoin Core does with -cjdnsreachable. Default false:
    /// they are private.
    /// </summary>
    public bool CjdnsReachable { get; set; }

    /// <summary>Tor's control port, such as 127.0.0.1:9051. It is used to discover Tor's proxy and to publish an onion service. Default: none.</summary>
    public EndPoint? TorControl { get; set; }

    /// <summary>The password of Tor's control port. Null, the default: its cookie, or nothing if none is required. Not logged.</summary>
    public string? TorPassword { get; set; }

    /// <summary>
    /// True to send Tor's cookie in plain text to a control port that does not offer SAFECOOKIE. A program that listens there instead of Tor
    /// then receives any 32-byte file that it names. Default false.
    /// </summary>
    public bool TorAllowPlainCookie { get; set; }

    /// <summary>True to publish an onion service for inbound peers through Tor's control port. Default true.</summary>
    public bool PublishOnionService { get; set; } = true;

    /// <summary>The SAM bridge of an I2P router, such as 127.0.0.1:7656. I2P peers are dialled through it. Default: none.</summary>
    public EndPoint? I2PSam { get; set; }

    /// <summary>
    /// True to accept inbound peers at an I2P address, and to dial from it. False to dial from an address for each connection. Default true.
    /// </summary>
    public bool AcceptI2P { get; set; } = true;

    /// <summary>The number of routers in each I2P tunnel, 0 to 7. Null, the default: the router's own default, usually 3.</summary>
    public int? I2PTunnelLength { get; set; }

    /// <summary>
    /// The memory, in bytes, for the messages of all peers together while they arrive or are handled; at least 12582912 (12 MiB). Null,
    /// the default: the smaller of 64 MiB and an eighth of the memory that the garbage collector may use.
    /// </summary>
    public int? ReceiveBudget { get; set; }

    /// <summary>
    /// The protocol by which the gateways of this machine are asked to forward the ports of <see cref="ConnectionSettings.ListenOn"/>: Pcp, NatPmp, Upnp,
    /// Auto for the first that works, or Off. Default Off.
    /// </summary>
    public PortMappingMethod PortMapping { get; set; }

    /// <summary>
    /// The policy for the transport of connections. Default <see cref="TransportPolicy.PreferV2"/>: the encrypted one (BIP324) with peers that
    /// can.
    /// </summary>
    public TransportPolicy Transport { get; set; }

    /// <summary>
    /// The policies for networks that differ from <see cref="Transport"/>, each as NETWORK=POLICY in configuration: with V2Only as the
    /// policy, onion=PreferV2 allows v1 through Tor, which encrypts anyway. Default: none.
    /// </summary>
    public IDictionary<AddressNetwork, TransportPolicy> TransportByNetwork { get; set; } = new Dictionary<AddressNetwork, TransportPolicy>();

    /// <summary>
    /// The address at which a Tor on another machine reaches the listener of the onion service: IP or IP:PORT. Null, the default: loopback for
    /// a local Tor, else the local address of the connection to its control port.
    /// </summary>
    public IPEndPoint? OnionTarget { get; set; }

    /// <summary>The user agent that peers receive (BIP14): at most 256 characters of printable ASCII. Default <c>/Connmgr:0.2.0/</c>.</summary>
    public string UserAgent { get; set; } = BitcoinPeerOptions.DefaultUserAgent;

    /// <summary>
    /// The services that the program offers to peers: network, bloom, witness, filters, limited, v2 or bits such as 0x40, with + between them.
    /// Default none; v2 is added when the encrypted transport is spoken. Each is a promise to answer the requests for it.
    /// </summary>
    public NodeServices Services { get; set; }

    /// <summary>True to ask peers to announce transactions (BIP37). Default true.</summary>
    public bool Relay { get; set; } = true;

    /// <summary>
    /// The height of the best block that peers receive; at least 0. Default 0. A program whose height grows sets the function of
    /// <see cref="PeerNetworkOptions.Protocol"/> instead, in <see cref="BitcoinPeersBuilder.ConfigureNetwork"/>.
    /// </summary>
    public int StartHeight { get; set; }

    /// <summary>True to ask for new blocks as headers instead of inv (BIP130). Default false.</summary>
    public bool SendHeaders { get; set; }

    /// <summary>The mode in which new blocks may arrive as compact blocks (BIP152): None, LowBandwidth or HighBandwidth. Default None.</summary>
    public CompactBlockMode SendCmpct { get; set; }

    /// <summary>
    /// The lowest fee rate, in satoshis per 1,000 virtual bytes, of transactions that peers should announce (BIP133); 0 to 2100000000000000. Null,
    /// the default: peers announce all. Applies with <see cref="Relay"/>.
    /// </summary>
    public long? FeeFilter { get; set; }

    /// <summary>The policies of the network.</summary>
    internal PeerPolicies Policies => new() { Upgrade = UpgradeEnabled ? Upgrade : null, Quarantine = QuarantineEnabled ? Quarantine : null };

    internal override int WantedOutbound => Groups is { Count: > 0 } ? (int)Math.Min(int.MaxValue, Groups.Sum(static group => group?.Target ?? 0L)) : TargetOutbound;
}
