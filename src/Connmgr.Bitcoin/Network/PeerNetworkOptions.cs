using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The options of a <see cref="PeerNetwork"/>. Checked and used when it is made; later changes have no effect. Not thread-safe.
/// </summary>
public sealed class PeerNetworkOptions : IValidatedOptions
{
    /// <summary>
    /// The chain. Required. One of <see cref="ChainParameters"/>, one of them <c>with</c> other seeds, or one of your own.
    /// </summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// Called for each message of each peer that the library does not handle itself, one at a time for each peer. The payload is valid
    /// until it returns. Default: none. Addresses and questions for them are handled by the library;
    /// <see cref="AddressGossipOptions.PassMessagesOn"/> lets them through as well.
    /// </summary>
    public Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? OnMessage { get; set; }

    /// <summary>
    /// The commands of the messages that <see cref="OnMessage"/> gets. Null, the default: those of
    /// <see cref="BitcoinPeerOptions.MessageCommands"/>, which are all if it says nothing either. Without <see cref="OnMessage"/>: none.
    /// What nobody asked for is discarded as it arrives, so name them where you can: peers can then fill neither memory nor processor with
    /// others.
    /// </summary>
    public IReadOnlyCollection<MessageCommand>? MessageCommands { get; set; }

    /// <summary>
    /// Called when a peer has shaken hands, before its messages are read; it may begin to send. The token is cancelled when the connection
    /// ends. An exception ends the connection. Not called for feelers and address fetches. Default: none.
    /// </summary>
    public Func<BitcoinPeer, CancellationToken, ValueTask>? OnPeer { get; set; }

    /// <summary>
    /// The directory for what outlives the program: address book, bans and anchors, in a folder for each chain (<see cref="ChainFiles"/>),
    /// as Bitcoin Core writes them. It is made if it is not there, and one network at a time can have a chain's folder. Null, the default:
    /// everything is in memory, and gone in the end.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// The number of outbound peers to keep, from 0. Default 8. Has no effect when there is nowhere to get addresses from.
    /// </summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>
    /// Peers to keep connected beside those: IP addresses or host names, which are resolved at each attempt. Default: none.
    /// </summary>
    public IList<EndPoint> PermanentPeers { get; set; } = [];

    /// <summary>The local addresses to accept peers on. Port 0 lets the system choose. Default: none, no inbound peers.</summary>
    public IList<IPEndPoint> ListenOn { get; set; } = [];

    /// <summary>
    /// Local addresses to which onion services of the user's own lead (Tor's HiddenServicePort), and nothing else does: the peers that come
    /// there have Tor's address, so neither scores nor limits by address apply to them (<see cref="ListenerProfile.IsOnion"/>). Port 0 lets
    /// the system choose. Default: none. The service that <see cref="PeerNetworkProxies.TorControl"/> serves needs none.
    /// </summary>
    public IList<IPEndPoint> OnionListenOn { get; set; } = [];

    /// <summary>The most inbound peers, from 0; null for no limit. Default 117: what is left of btcd's 125.</summary>
    public int? MaxInbound { get; set; } = 117;

    /// <summary>
    /// Where the addresses of outbound peers come from. Null, the default: <see cref="PeerNetwork.Book"/>, filled by seeds and gossip, when
    /// there is anything that fills it: seeds of the chain, <see cref="SeedNodes"/>, a <see cref="DataDirectory"/>, or a <see cref="Book"/>
    /// of yours. With a source of your own no seed is asked, and there are no <see cref="Policies"/>.
    /// </summary>
    public IAddressSource? AddressSource { get; set; }

    /// <summary>The address book. Null, the default: a new one, with what the data directory has.</summary>
    public AddressBook? Book { get; set; }

    /// <summary>
    /// The networks that can be reached: addresses of others are neither kept nor dialled. Default IPv4 and IPv6; the others need a proxy.
    /// </summary>
    public AddressNetworks ReachableNetworks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// Says which addresses belong to one operator, for the limit of one outbound peer each and the places in the book: by prefixes, the
    /// default, or by autonomous systems (<see cref="AsMap"/>). A <see cref="Book"/> of yours has its own.
    /// </summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>
    /// Peers that are asked for addresses when the book has none, or there are no peers, before the DNS seeds of the chain. Default: none.
    /// </summary>
    public IList<EndPoint> SeedNodes { get; set; } = [];

    /// <summary>
    /// How DNS seeds are looked up. Null, the default: by the system's resolver; by Tor when names go to a proxy
    /// (<see cref="PeerNetworkProxies.NamesGoThroughTor"/>). One of yours is asked in either case, so behind a proxy it must go through
    /// that too.
    /// </summary>
    public LookupFunc? Lookup { get; set; }

    /// <summary>Called each time a seed has answered or failed. Must be quick. Default: none.</summary>
    public Action<SeedOutcome>? OnSeeded { get; set; }

    /// <summary>What is done beside keeping the number of peers: anchors, feelers, one peer of each network.</summary>
    public PeerPolicies Policies { get; set; } = new();

    /// <summary>
    /// The bans, scores and discouraged hosts. Null, the default: new ones, with the bans that the data directory has; autonomous systems
    /// can be banned when <see cref="Netgrouper"/> is an <see cref="AsMap"/>.
    /// </summary>
    public PeerReputation? Reputation { get; set; }

    /// <summary>
    /// What a broken rule of the protocol counts for in the score of the peer's host, null for nothing. Must be quick and thread-safe.
    /// Default <see cref="ProtocolMisbehavior.Of"/>.
    /// </summary>
    public Func<ProtocolViolation, Misbehavior?> MisbehaviorOf { get; set; } = ProtocolMisbehavior.Of;

    /// <summary>
    /// What is thought of an address beside its <see cref="Reputation"/>; the severer verdict counts. Decides what is dialled, accepted,
    /// kept in the book and told to others. Must be quick and
    /// thread-safe. Default: nothing more. See <see cref="ConnectionManagerOptions.Gate"/>.
    /// </summary>
    public Func<EndPoint, ConnectionDirection, GateVerdict>? Gate { get; set; }

    /// <summary>
    /// Called when a peer broke a rule of the protocol, which ends its connection or handshake. Not called for what is ignored
    /// (<see cref="BitcoinPeer.MessagesIgnored"/>). Must be quick and thread-safe. Default: none.
    /// </summary>
    public Action<Connection, BitcoinProtocolException>? OnViolation { get; set; }

    /// <summary>How peers are dialled. Default: TCP.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; set; }

    /// <summary>
    /// Proxies and Tor. Null, the default: everything is dialled directly by <see cref="Dial"/>. Otherwise that makes the direct
    /// connections alone.
    /// </summary>
    public PeerNetworkProxies? Proxies { get; set; }

    /// <summary>
    /// What is said and asked in the version handshake, and when peers are pinged. Null, the default: the defaults of
    /// <see cref="BitcoinPeerOptions"/>, with <see cref="NodeServices.Network"/> and <see cref="NodeServices.Witness"/> required of
    /// automatic peers. Its chain and clock are set by the network.
    /// </summary>
    public BitcoinPeerOptions? Protocol { get; set; }

    /// <summary>
    /// Whether inbound peers are credited for the blocks and transactions that they are first to announce, once a peer of another netgroup
    /// announces the same: when all places are taken, idle peers then make room before useful ones. Reads inv, headers and cmpctblock, no more
    /// of each than counts; with <see cref="BitcoinPeerOptions.Relay"/> off blocks alone count. Null, the default: when there are listeners and
    /// no <see cref="OnMessage"/>. A program that checks what peers give reports it better itself, by
    /// <see cref="Connection.ReportMajorNews"/> and <see cref="Connection.ReportMinorNews"/>.
    /// </summary>
    public bool? CreditAnnouncements { get; set; }

    /// <summary>Changes the options of the connection manager before it is made, for full control. Default: none.</summary>
    public Action<ConnectionManagerOptions>? Configure { get; set; }

    /// <summary>Changes the options of the seeding before it is made, its timetable for one. Default: none.</summary>
    public Action<AddressSeederOptions>? ConfigureSeeding { get; set; }

    /// <summary>Changes the options of the address gossip before it is made: the addresses that peers are told of as ours, for one. Default: none.</summary>
    public Action<AddressGossipOptions>? ConfigureGossip { get; set; }

    /// <summary>
    /// Makes the meter that the network measures with (<see cref="ConnmgrTelemetry"/>): that of the host, with dependency injection. Null,
    /// the default: the one that the process shares.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>
    /// Tells this network's measurements and spans from those of others in the process, as the tag connmgr.instance: two of one name would
    /// be added up, or hide each other. Not empty. Null, the default: the name of the chain.
    /// </summary>
    public string? InstanceName { get; set; }

    /// <summary>Where log lines go. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The source of chance for the policies. Not to be shared with others. Null, the default: one seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>Whether there is anything that brings the book its addresses.</summary>
    internal bool CanFillBook =>
        Book is not null || DataDirectory is not null || SeedNodes.Count > 0 || !Chain!.DnsSeeds.IsEmpty || !Chain.FixedSeeds.IsEmpty;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="PeerNetwork"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. ChainErrors(),
        .. ListErrors(),
        .. OtherErrors(),
        .. ManagerErrors(),
        .. OptionsErrors.Under(nameof(Protocol), Protocol?.ErrorsExceptChainAndClock()),
        .. OptionsErrors.Under(nameof(Proxies), Proxies),
        .. OptionsErrors.Under(nameof(Policies), Policies),
    ];

    private IEnumerable<string> ChainErrors()
    {
        foreach (var error in BitcoinPeerOptions.ErrorsOf(Chain))
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
                (nameof(PermanentPeers), PermanentPeers), (nameof(ListenOn), ListenOn), (nameof(OnionListenOn), OnionListenOn),
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
        if (Policies is null)
            yield return $"{nameof(Policies)} is null: use PeerPolicies.None for none.";
        if (MessageCommands?.Any(static command => command.IsEmpty) == true)
            yield return $"{nameof(MessageCommands)} has a command without a name: make it with new MessageCommand(\"...\").";
        if (MisbehaviorOf is null)
            yield return $"{nameof(MisbehaviorOf)} is null: use ProtocolMisbehavior.Of, or a function that gives null for everything.";
        if (DataDirectory is { Length: 0 })
            yield return $"{nameof(DataDirectory)} is empty: use null for none.";
        if ((ReachableNetworks & AddressNetworks.All) != ReachableNetworks)
            yield return $"{nameof(ReachableNetworks)} is {ReachableNetworks}: use the members of AddressNetworks.";
    }

    /// <summary>Gets the errors of what is passed on to the connection manager, which it checks itself.</summary>
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
