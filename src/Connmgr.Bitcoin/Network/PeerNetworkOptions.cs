using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The options of a <see cref="PeerNetwork"/>. They are checked and used by its constructor; later changes have no effect. Not thread-safe.
/// </summary>
public sealed class PeerNetworkOptions : IValidatedOptions
{
    /// <summary>
    /// The chain. Required. Use one of <see cref="ChainParameters"/>, a copy of one <c>with</c> other seeds, or a custom one.
    /// </summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// The handler of messages that the library does not handle itself, called for one message of a peer at a time. The payload is valid
    /// until it returns. Default none. The library handles addresses and requests for them;
    /// <see cref="AddressGossipOptions.ForwardMessages"/> passes them to this handler too.
    /// </summary>
    public Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? OnMessage { get; set; }

    /// <summary>
    /// The commands of the messages that <see cref="OnMessage"/> gets. Default null: those of
    /// <see cref="BitcoinPeerOptions.MessageCommands"/>, which are all if that is null too. Without <see cref="OnMessage"/>: none. Messages
    /// with other commands are discarded as they arrive, so name the commands where you can: peers can then fill neither memory nor
    /// processor with others.
    /// </summary>
    public IReadOnlyCollection<MessageCommand>? MessageCommands { get; set; }

    /// <summary>
    /// The callback for a peer whose handshake is complete, called before its messages are read; it may start to send. Its token is
    /// cancelled when the connection ends. An exception ends the connection. Not called for feelers and address fetches. The peer joins
    /// <see cref="PeerNetwork.Peers"/> once the callback has returned, so do not wait in it for peers
    /// (<see cref="PeerNetwork.WhenFullAsync"/>): it may be the one that is missing. Default none.
    /// </summary>
    public Func<BitcoinPeer, CancellationToken, ValueTask>? OnPeer { get; set; }

    /// <summary>
    /// The directory for data that outlives the program: address book, bans and anchors, in one folder per chain
    /// (<see cref="ChainDirectory"/>), in the formats of Bitcoin Core. It is created if it does not exist, and one network at a time can use a
    /// chain's folder. Default null: all data is in memory, and lost at the end.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// The number of outbound peers to keep, from 0. Default 8. Has no effect when nothing supplies addresses. Leave it as it is when there
    /// are <see cref="Groups"/>.
    /// </summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>
    /// The groups of outbound peers to keep, at most 32, the most wanted first: so many with these services, so many on that network.
    /// Default none, which is one group of <see cref="TargetOutbound"/> peers. <see cref="PeerGroup.FullNode"/>,
    /// <see cref="PeerGroup.LightWallet"/> and <see cref="PeerGroup.OnePerNetwork"/> create usual ones.
    /// <see cref="PeerNetwork.SetGroupsAsync"/> can change them later.
    /// </summary>
    public IList<PeerGroup> Groups { get; set; } = [];

    /// <summary>
    /// The peers to keep connected in addition to <see cref="TargetOutbound"/>: IP addresses or host names, which are resolved at each
    /// attempt. Default none.
    /// </summary>
    public IList<EndPoint> PermanentPeers { get; set; } = [];

    /// <summary>The local addresses on which to accept peers. Port 0 lets the system choose. Default none: no inbound peers.</summary>
    public IList<IPEndPoint> ListenOn { get; set; } = [];

    /// <summary>
    /// The interfaces on which to accept peers, by name and port, such as <c>new DnsEndPoint("eth0", 8333)</c>: on each address that an
    /// interface has when the network is created. Default none.
    /// </summary>
    public IList<DnsEndPoint> ListenOnInterfaces { get; set; } = [];

    /// <summary>
    /// The local addresses to which the user's onion services lead (Tor's HiddenServicePort), and nothing else. Peers that connect there
    /// have Tor's address, so neither scores nor limits by address apply to them (<see cref="ListenerProfile.IsOnion"/>). Port 0 lets the
    /// system choose. Default none. The onion service of <see cref="PeerNetworkProxies.TorControl"/> needs none.
    /// </summary>
    public IList<IPEndPoint> OnionListenOn { get; set; } = [];

    /// <summary>
    /// The addresses at which others can reach the node, beyond those that it knows by itself: Bitcoin Core's -externalip. Each peer gets
    /// the best one for its network. Port 0 stands for the port of the listener. They must be publicly routable. Default none. Peers pass an
    /// address on only if it offers <see cref="NodeServices.Network"/> or <see cref="NodeServices.NetworkLimited"/>
    /// (<see cref="BitcoinPeerOptions.Services"/>).
    /// </summary>
    public IList<NetworkEndPoint> ExternalAddresses { get; set; } = [];

    /// <summary>
    /// True to announce the public addresses of listeners, of interfaces while a listener accepts on all addresses, and sometimes the address
    /// at which a peer sees the node, to that peer: Bitcoin Core's -discover. Default null: true with a listener, without IPv4 or IPv6
    /// addresses in <see cref="ExternalAddresses"/>, without a proxy for names and without <see cref="Dial"/>.
    /// </summary>
    public bool? DiscoverAddresses { get; set; }

    /// <summary>
    /// The protocol by which the gateways of this machine are asked to forward the ports of the listeners, so that peers outside can connect.
    /// The mappings last as long as the network runs, and the external addresses that the gateways tell are addresses of the node. IPv6 ports are
    /// opened in the gateway's firewall, by PCP alone. Listeners on loopback and those of onion services are left out. Default
    /// <see cref="PortMappingMethod.Off"/>.
    /// </summary>
    public PortMappingMethod PortMapping { get; set; }

    /// <summary>The callback for each change of the port mappings, one at a time. Must be quick. Default none.</summary>
    public Action<PortMappingState>? OnPortMappingChanged { get; set; }

    /// <summary>The most inbound peers, from 0; null for no limit. Default 117: the rest of btcd's 125.</summary>
    public int? MaxInbound { get; set; } = 117;

    /// <summary>
    /// The source of outbound peers' addresses. Default null: <see cref="PeerNetwork.Book"/>, filled by seeds and gossip, if something
    /// fills it: seeds of the chain, <see cref="SeedNodes"/>, a <see cref="DataDirectory"/>, or a <see cref="Book"/> of yours. With a
    /// custom source no seed is asked, and there are no <see cref="Policies"/>.
    /// </summary>
    public IAddressSource? AddressSource { get; set; }

    /// <summary>The address book. Default null: a new one, with the contents of the data directory.</summary>
    public AddressBook? Book { get; set; }

    /// <summary>
    /// The networks that can be reached; addresses of others are neither kept nor dialled. Default IPv4 and IPv6. Tor and I2P need a proxy.
    /// With CJDNS, fc00::/8 is taken for it; otherwise that is a private range. With <see cref="Proxies"/>, their
    /// <see cref="ProxyRules.IsCjdnsReachable"/> decides.
    /// </summary>
    public AddressNetworks ReachableNetworks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// The groups of addresses that belong to one operator, for the limit of one outbound peer per group and for the places in the book: by
    /// prefix, the default, or by autonomous system (<see cref="AsMap"/>). A custom <see cref="Book"/> has a separate one.
    /// </summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>
    /// The peers to ask for addresses when the book has none or no peer is connected, before the DNS seeds of the chain. Default none.
    /// </summary>
    public IList<EndPoint> SeedNodes { get; set; } = [];

    /// <summary>
    /// The lookup of DNS seeds. Default null: the system's resolver, or Tor when names go to a proxy
    /// (<see cref="PeerNetworkProxies.ResolveNamesThroughTor"/>). A custom lookup is used in either case, so behind a proxy it must go through
    /// the proxy too.
    /// </summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>The callback for each answer or failure of a seed. Must be quick. Default none.</summary>
    public Action<SeedOutcome>? OnSeeded { get; set; }

    /// <summary>The work in addition to keeping the number of peers: anchors, feelers, one peer of each network.</summary>
    public PeerPolicies Policies { get; set; } = new();

    /// <summary>
    /// Bans, scores and discouraged hosts. Default null: new ones, with the bans of the data directory; autonomous systems can be banned if
    /// <see cref="Netgrouper"/> is an <see cref="AsMap"/>.
    /// </summary>
    public PeerReputation? Reputation { get; set; }

    /// <summary>
    /// The function that maps a broken rule of the protocol to its weight in the score of the peer's host; null for none. Must be quick and
    /// thread-safe. Default <see cref="MisbehaviorPolicy.GetMisbehavior"/>.
    /// </summary>
    public Func<ProtocolViolation, Misbehavior?> GetMisbehavior { get; set; } = MisbehaviorPolicy.GetMisbehavior;

    /// <summary>
    /// The function that rates a peer by what is known of it. Must be fast, pure and thread-safe. Default
    /// <see cref="PeerRating.FromFacts"/>, whose documentation has the formula.
    /// </summary>
    public Func<PeerFacts, PeerRating> GetRating { get; set; } = PeerRating.FromFacts;

    /// <summary>
    /// A verdict about an address in addition to that of <see cref="Reputation"/>; the stricter of the two counts. It decides which
    /// addresses are dialled, accepted, kept in the book and passed on to others. Must be quick and thread-safe. Default none. See
    /// <see cref="ConnectionManagerOptions.Gate"/>.
    /// </summary>
    public Func<EndPoint, ConnectionDirection, GateVerdict>? Gate { get; set; }

    /// <summary>
    /// The callback for a broken rule of the protocol that ends a connection or handshake. Not called for ignored messages
    /// (<see cref="BitcoinPeer.MessagesIgnored"/>). Must be quick and thread-safe. Default none.
    /// </summary>
    public Action<Connection, BitcoinProtocolException>? OnViolation { get; set; }

    /// <summary>The dialler of peers. Default TCP.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; set; }

    /// <summary>
    /// Proxies and Tor. Default null: everything is dialled directly by <see cref="Dial"/>. Otherwise <see cref="Dial"/> makes the direct
    /// connections only.
    /// </summary>
    public PeerNetworkProxies? Proxies { get; set; }

    /// <summary>
    /// The contents of the version handshake, and the times of pings. Default null: the defaults of <see cref="BitcoinPeerOptions"/>, with
    /// <see cref="NodeServices.Network"/> and <see cref="NodeServices.Witness"/> required of automatic peers. The network sets its chain
    /// and clock.
    /// </summary>
    public BitcoinPeerOptions? Protocol { get; set; }

    /// <summary>
    /// True to credit peers for the blocks and transactions that they announce first, once a peer of another netgroup announces the same:
    /// when all places are taken, idle peers then make room before useful ones, and ratings count it (<see cref="PeerFacts.UsefulBlocks"/>).
    /// Reads as much of inv, headers and cmpctblock as earns credit; with <see cref="BitcoinPeerOptions.Relay"/> off, only blocks count.
    /// Default null: true if there are listeners, or block-relay-only peers among the <see cref="Groups"/>, and no
    /// <see cref="OnMessage"/>. A program that validates the data of peers should report it itself, by
    /// <see cref="Connection.ReportUsefulBlock"/> and <see cref="Connection.ReportUsefulTransaction"/>.
    /// </summary>
    public bool? CreditAnnouncements { get; set; }

    /// <summary>
    /// The callback that changes the options of the connection manager before it is created, for full control. Default none.
    /// </summary>
    public Action<ConnectionManagerOptions>? Configure { get; set; }

    /// <summary>The callback that changes the options of the seeder before it is created, such as its timetable. Default none.</summary>
    public Action<AddressSeederOptions>? ConfigureSeeding { get; set; }

    /// <summary>
    /// The callback that changes the options of the address gossip before it is created, such as the services of interest. Default
    /// none.
    /// </summary>
    public Action<AddressGossipOptions>? ConfigureGossip { get; set; }

    /// <summary>
    /// The factory of the meter for the network's measurements (<see cref="ConnmgrTelemetry"/>): the host's, with dependency injection.
    /// Default null: the meter that the process shares.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>
    /// The name that distinguishes this network's measurements and spans from those of others in the process, as the tag connmgr.instance:
    /// two of one name would be added up, or hide each other. Not empty. Default null: the name of the chain.
    /// </summary>
    public string? InstanceName { get; set; }

    /// <summary>The factory of loggers. Default none.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The random source of the policies. Do not share it. Default null: one seeded by the system.</summary>
    public Random? Random { get; set; }

    /// <summary>The function that reads the state of the machine's network. Tests replace it.</summary>
    internal Func<LocalNetwork?> ReadLocalNetwork { get; set; } = LocalNetwork.Read;

    /// <summary>The function that changes the options of the port mapping. For tests.</summary>
    internal Func<PortMapperOptions, PortMapperOptions> ConfigurePortMapping { get; set; } = static options => options;

    /// <summary>True when fc00::/8 is CJDNS, and not a private range.</summary>
    internal bool IsCjdnsReachable => Proxies?.Rules?.IsCjdnsReachable ?? ReachableNetworks.HasFlag(AddressNetworks.Cjdns);

    /// <summary>The number of outbound peers to keep: of all groups, or <see cref="TargetOutbound"/> without groups.</summary>
    internal int WantedOutbound => Groups.Count == 0 ? TargetOutbound : (int)Math.Min(int.MaxValue, Groups.Sum(static group => (long)group.Target));

    /// <summary>True when something supplies the book with addresses.</summary>
    internal bool CanFillBook =>
        Book is not null || DataDirectory is not null || SeedNodes.Count > 0 || !Chain!.DnsSeeds.IsEmpty || !Chain.FixedSeeds.IsEmpty;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="PeerNetwork"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. ChainErrors(),
        .. ListErrors(),
        .. PeerGroupRules.GetErrors(nameof(Groups), Groups as IReadOnlyCollection<PeerGroup?> ?? Groups?.ToArray()),
        .. OtherErrors(),
        .. ManagerErrors(),
        .. OptionsErrors.Under(nameof(Protocol), Protocol?.ErrorsExceptChainAndClock().Concat(Protocol.GetBudgetErrors(Chain))),
        .. OptionsErrors.Under(nameof(Proxies), Proxies),
        .. OptionsErrors.Under(nameof(Policies), Policies),
    ];

    private IEnumerable<string> ChainErrors()
    {
        foreach (var error in BitcoinPeerOptions.GetErrors(Chain))
            yield return error;
        if (Chain is null)
            yield break;
        if (Chain.DefaultPort is < 1 or > ushort.MaxValue)
            yield return Invariant($"{nameof(Chain)} has the default port {Chain.DefaultPort}: use 1 to 65535.");
        if (Chain.DnsSeeds.IsDefault || Chain.FixedSeeds.IsDefault)
            yield return $"{nameof(Chain)} has a list of seeds that was not set: use [] for none.";
    }

    private IEnumerable<string> ListErrors()
    {
        foreach (var (name, list) in ((string, IEnumerable<object?>?)[])
            [
                (nameof(PermanentPeers), PermanentPeers), (nameof(ListenOn), ListenOn), (nameof(ListenOnInterfaces), ListenOnInterfaces), (nameof(OnionListenOn), OnionListenOn),
                (nameof(SeedNodes), SeedNodes),
            ])
        {
            if (list is null)
                yield return $"{name} is null: use an empty list for none.";
            else if (list.Contains(null))
                yield return $"{name} contains null: leave it out.";
            foreach (var onion in list?.OfType<DnsEndPoint>().Where(static peer => NetworkAddress.IsInvalidOnion(peer.Host)) ?? [])
                yield return $"{name} contains {onion.Host}, which is no onion address of version 3: leave it out.";
        }
    }

    private IEnumerable<string> OtherErrors()
    {
        if (ExternalAddresses is null)
            yield return $"{nameof(ExternalAddresses)} is null: use an empty list for none.";
        foreach (var own in ExternalAddresses ?? [])
        {
            if (own.ToCjdns().Address.Network == AddressNetwork.Cjdns && !IsCjdnsReachable)
                yield return $"{nameof(ExternalAddresses)} has {own} of CJDNS, which is not reachable: set {nameof(ProxyRules.IsCjdnsReachable)} of {nameof(Proxies)}.{nameof(Proxies.Rules)}, or leave it out.";
            else if (!own.ToCjdns().Address.IsRoutable)
                yield return $"{nameof(ExternalAddresses)} has {own}, which is private or local: leave it out.";
        }
        if (Groups is { Count: > 0 } && TargetOutbound != ConnectionManagerDefaults.TargetOutbound)
            yield return Invariant($"{nameof(TargetOutbound)} is {TargetOutbound}, and {nameof(Groups)} have targets too: set one of the two.");
        if (Policies is null)
            yield return $"{nameof(Policies)} is null: use PeerPolicies.None for none.";
        if (MessageCommands?.Any(static command => command.IsEmpty) == true)
            yield return $"{nameof(MessageCommands)} has a command without a name: make it with new MessageCommand(\"...\").";
        if (GetMisbehavior is null)
            yield return $"{nameof(GetMisbehavior)} is null: use MisbehaviorPolicy.GetMisbehavior, or a function that gives null for everything.";
        if (GetRating is null)
            yield return $"{nameof(GetRating)} is null: use PeerRating.FromFacts, or another function.";
        if (!Enum.IsDefined(PortMapping))
            yield return $"{nameof(PortMapping)} is {PortMapping}: use a member of PortMappingMethod.";
        if (DataDirectory is { Length: 0 })
            yield return $"{nameof(DataDirectory)} is empty: use null for none.";
        if ((ReachableNetworks & AddressNetworks.All) != ReachableNetworks)
            yield return $"{nameof(ReachableNetworks)} is {ReachableNetworks}: use the members of AddressNetworks.";
    }

    /// <summary>Gets the errors of options that are passed to the connection manager, which checks them itself.</summary>
    private IReadOnlyList<string> ManagerErrors() => new ConnectionManagerOptions
    {
        Dial = static (_, _) => throw new NotSupportedException("It is checked, not used."),
        TargetOutbound = TargetOutbound,
        MaxInbound = MaxInbound,
        Netgrouper = Netgrouper,
        InstanceName = InstanceName,
        TimeProvider = TimeProvider,
    }.GetErrors();
}
