using System.Buffers;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// The options of a <see cref="BitcoinProtocol"/>. They are checked and copied by its constructor; later changes have no effect. Not
/// thread-safe.
/// </summary>
public sealed class BitcoinPeerOptions : IValidatedOptions
{
    /// <summary>The default of <see cref="UserAgent"/>.</summary>
    public const string DefaultUserAgent = "/Connmgr:0.2.0/";

    /// <summary>The default of <see cref="MaxSendBacklog"/>: 5,000,000 bytes.</summary>
    public const int DefaultMaxSendBacklog = 5_000_000;

    /// <summary>The default of <see cref="MaxPostBacklog"/>: 1,000,000 bytes.</summary>
    public const int DefaultMaxPostBacklog = 1_000_000;

    /// <summary>
    /// The least <see cref="ReceiveBudget"/>: 12,582,912 bytes (12 MiB). Each half then holds the longest message and some small ones. Chains
    /// with longer messages need three times the longest one, rounded up to a power of two.
    /// </summary>
    public const int MinReceiveBudget = 3 * Bitcoin.ReceiveBudget.LongestBuffer;

    /// <summary>The most that <see cref="ReceiveBudget"/> is by default: 67,108,864 bytes (64 MiB).</summary>
    public const int DefaultMaxReceiveBudget = 64 * 1024 * 1024;

    /// <summary>The most that <see cref="FeeFilter"/> may be: 2,100,000,000,000,000 satoshis, all there can be. Bitcoin Core ignores more.</summary>
    public const long MaxFeeFilter = 2_100_000_000_000_000;

    private const int MaxTransportDecoys = 16;

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    /// <summary>The chain of the peers. Required.</summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// The name of the node's program (BIP14): at most 256 characters of printable ASCII. Default <c>/Connmgr:0.2.0/</c>.
    /// </summary>
    public string UserAgent { get; set; } = DefaultUserAgent;

    /// <summary>
    /// The function that returns the user agent for one connection, null for <see cref="UserAgent"/>. The connection is null for a stream
    /// without one. Called for each handshake; must be quick and thread-safe. An exception, or a user agent that <see cref="UserAgent"/>
    /// does not allow, ends the attempt. Default none. Give identities that must not be linked (clearnet and Tor) different ones.
    /// </summary>
    public Func<Connection?, string?>? GetUserAgent { get; set; }

    /// <summary>
    /// The services that the node offers. Default none. A <see cref="PeerNetwork"/> adds <see cref="NodeServices.P2PV2"/> when it speaks the
    /// encrypted transport.
    /// </summary>
    public NodeServices Services { get; set; }

    /// <summary>
    /// The protocol version of the node. Default 70017, that of Bitcoin Core 32. Below that, <see cref="Features"/> are not sent, and below
    /// 70016 neither wtxidrelay nor sendaddrv2.
    /// </summary>
    public int ProtocolVersion { get; set; } = ProtocolVersions.Current;

    /// <summary>
    /// The lowest protocol version of peers. Default, and least possible, 60001: the first (of 2012) whose peers answer pings (BIP31),
    /// without which a silent peer looks like a dead one. Bitcoin Core accepts 31800. A higher one of the chain
    /// (<see cref="ChainParameters.MinProtocolVersion"/>) counts instead.
    /// </summary>
    public int MinProtocolVersion { get; set; } = ProtocolVersions.FirstWithPong;

    /// <summary>
    /// The services that an outbound peer must offer, all of them. Default none. As in Bitcoin Core, inbound peers need none. On
    /// connections of a <see cref="ConnectionManager"/>, peers that were requested by address (<see cref="ConnectionManager.Connect"/>)
    /// need none either.
    /// </summary>
    public NodeServices RequiredServices { get; set; }

    /// <summary>
    /// The function that returns the height of the node's best block, for the version message. Called for each handshake; must be quick and
    /// thread-safe. Default 0.
    /// </summary>
    public Func<int> StartHeight { get; set; } = static () => 0;

    /// <summary>
    /// The function that returns the height for the version message of one connection, null for <see cref="StartHeight"/>. Otherwise as
    /// <see cref="GetUserAgent"/>. Default none.
    /// </summary>
    public Func<Connection?, int?>? GetStartHeight { get; set; }

    /// <summary>True to ask peers to announce transactions (BIP37). Default true.</summary>
    public bool Relay { get; set; } = true;

    /// <summary>
    /// True to send wtxidrelay (BIP339), by which both sides announce transactions by wtxid. Default false: transactions are announced by
    /// txid (inv with MSG_TX), as most wallets do. A peer that sent it too (<see cref="BitcoinPeer.WantsWtxidRelay"/>) then announces by
    /// wtxid (MSG_WTX), and ignores announcements by txid, as Bitcoin Core does. Set it only in a program that announces by wtxid to those
    /// peers.
    /// </summary>
    public bool WtxidRelay { get; set; }

    /// <summary>True to ask for addresses as addrv2 (BIP155), which can hold Tor v3, I2P and CJDNS addresses. Default true.</summary>
    public bool AddrV2 { get; set; } = true;

    /// <summary>
    /// The features to announce between version and verack (BIP434), to peers of protocol version 70017 and later; at most 32, each id once.
    /// Default none. The peer's are in <see cref="BitcoinPeer.Features"/>.
    /// </summary>
    public IReadOnlyList<PeerFeature> Features { get; set; } = [];

    /// <summary>
    /// True to ask for new blocks as headers instead of inv (BIP130): sends sendheaders after the handshake, to peers of version 70012 and
    /// later. Default false.
    /// </summary>
    public bool SendHeaders { get; set; }

    /// <summary>
    /// The mode in which new blocks may arrive as compact blocks (BIP152, version 2): sends sendcmpct after the handshake, to peers of version
    /// 70014 and later. Bitcoin Core begins with <see cref="CompactBlockMode.LowBandwidth"/>. Default <see cref="CompactBlockMode.None"/>,
    /// which sends nothing.
    /// </summary>
    public CompactBlockMode SendCmpct { get; set; }

    /// <summary>
    /// The lowest fee rate, in satoshis per 1,000 virtual bytes, of transactions that peers should announce (BIP133): sends feefilter after
    /// the handshake, to peers of version 70013 and later that are asked for transactions. 0 to <see cref="MaxFeeFilter"/>. Default null: nothing is sent.
    /// </summary>
    public long? FeeFilter { get; set; }

    /// <summary>
    /// The time from one ping to the next. The first is sent at once. More than zero. Default 2 min, as in Bitcoin Core. This and the two
    /// time-outs below are checked a few times within the shortest of the three, so each may be up to a sixteenth of that late.
    /// </summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The time within which a peer must answer a ping before its connection ends. The pong is read in its turn, so the handler must be
    /// done with the earlier messages by then. More than zero. Default 20 min, as in Bitcoin Core.
    /// </summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>
    /// The time within which a peer must take some of a message that is being sent before its connection ends. More than zero. Default 1
    /// min.
    /// </summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most bytes that may wait for one peer; a message that would exceed it ends the connection. A single message may always be sent.
    /// More than zero. Default 5,000,000: the longest message, and as much in addition as Bitcoin Core keeps.
    /// </summary>
    public int MaxSendBacklog { get; set; } = DefaultMaxSendBacklog;

    /// <summary>
    /// The most bytes that messages of <see cref="BitcoinPeer.TryPost"/> may take while they wait for one peer; each costs 536 bytes more
    /// than its payload. They count towards <see cref="MaxSendBacklog"/> too. More than zero. Default 1,000,000.
    /// </summary>
    public int MaxPostBacklog { get; set; } = DefaultMaxPostBacklog;

    /// <summary>
    /// The memory, in bytes, that messages of all peers together may take while they arrive, wait or are handled; the first 4096 bytes
    /// of each peer do not count. Half of it is for inbound peers, half for outbound peers and those with permissions. When a half is used up, its
    /// peers are not read any more, small messages go first, and after 2 s (outbound: 20 s) the connection that has held the most for the
    /// longest is closed with <see cref="ProtocolViolation.ReceiveBudget"/>, inbound ones first. At least <see cref="MinReceiveBudget"/>.
    /// Default null: the smaller of 64 MiB and an eighth of the memory that the garbage collector may use.
    /// </summary>
    public int? ReceiveBudget { get; set; }

    /// <summary>
    /// The commands of the messages that handlers get. Default null: all. Messages with other commands are hashed and discarded as they
    /// arrive, at a limited pace, so that they take no memory and, in total, at most about a tenth of a processor core. The library's
    /// messages need not be named.
    /// </summary>
    public IReadOnlyCollection<MessageCommand>? MessageCommands { get; set; }

    /// <summary>
    /// The policy for the transport of connections. Default <see cref="TransportPolicy.PreferV2"/>: inbound peers choose, and a
    /// <see cref="PeerNetwork"/> dials peers that probably can by the encrypted transport (BIP324). A <see cref="BitcoinProtocol"/> on its
    /// own cannot dial again, and so uses it for dials with <see cref="TransportPolicy.V2Only"/> alone.
    /// </summary>
    public TransportPolicy Transport { get; set; }

    /// <summary>
    /// The policies for networks that differ from <see cref="Transport"/>, for example <see cref="TransportPolicy.V2Only"/> for IPv4 and
    /// IPv6. Default none. A connection through an onion service is of the network <see cref="AddressNetwork.TorV3"/>. Addresses of this host
    /// are of none. A host name may lead to IPv4 and to IPv6: if their policies differ, and one is <see cref="TransportPolicy.V2Only"/>, that
    /// one applies.
    /// </summary>
    public IReadOnlyDictionary<AddressNetwork, TransportPolicy> TransportByNetwork { get; set; } = new Dictionary<AddressNetwork, TransportPolicy>();

    /// <summary>
    /// The number of decoys of 0 to 1024 bytes that are sent at the start of each connection with the encrypted transport, so that the
    /// lengths of the first packets vary. Default 0, at most 16. Decoys of peers are always accepted.
    /// </summary>
    public int TransportDecoys { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The random source of the nonces of version and ping. Default null: the system's secure one. For tests: the same seed gives the same
    /// nonces.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>The loader of the key exchange. Called unless only v1 is spoken.</summary>
    internal Func<(IKeyExchange? Exchange, string? Obstacle)> LoadKeyExchange { get; set; } = static () => (KeyExchange.Instance, KeyExchange.Obstacle);

    /// <summary>The pool of buffers.</summary>
    internal ArrayPool<byte> BufferPool { get; set; } = ReceiveBuffers.Instance;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="BitcoinProtocol"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. GetErrors(Chain),
        .. ErrorsExceptChainAndClock(),
        .. GetBudgetErrors(Chain),
        .. TimeProvider is null ? [$"{nameof(TimeProvider)} is null: use TimeProvider.System."] : (string[])[],
    ];

    /// <summary>Makes a copy, which later changes do not reach.</summary>
    internal BitcoinPeerOptions Copy()
    {
        var copy = (BitcoinPeerOptions)MemberwiseClone();
        copy.MessageCommands = MessageCommands?.ToArray();
        copy.TransportByNetwork = new Dictionary<AddressNetwork, TransportPolicy>(TransportByNetwork);
        copy.Features = [.. Features];
        return copy;
    }

    /// <summary>Gets the error of a chain whose protocol cannot be spoken.</summary>
    internal static IEnumerable<string> GetErrors(ChainParameters? chain)
    {
        if (chain is { MaxPayloadLength: < FrameFormat.MinMaxPayloadLength or > FrameFormat.MaxMaxPayloadLength })
        {
            yield return Invariant($"{nameof(Chain)} has a {nameof(ChainParameters.MaxPayloadLength)} of {chain.MaxPayloadLength} bytes: ") +
                Invariant($"use {FrameFormat.MinMaxPayloadLength} to {FrameFormat.MaxMaxPayloadLength}.");
        }

        if (chain is { MinProtocolVersion: < 0 })
            yield return Invariant($"{nameof(Chain)} has a {nameof(ChainParameters.MinProtocolVersion)} of {chain.MinProtocolVersion}: use 0 or more.");
        if (chain is null)
            yield return $"{nameof(Chain)} is missing: set it to ChainParameters.Mainnet, for example.";
        else if (chain.Magic.IsDefault || chain.Magic.Length != 4)
            yield return Invariant($"{nameof(Chain)} has a magic of {(chain.Magic.IsDefault ? 0 : chain.Magic.Length)} bytes: use 4.");
    }

    /// <summary>Gets the error of a receive budget that is too small for the messages of a chain.</summary>
    internal IEnumerable<string> GetBudgetErrors(ChainParameters? chain)
    {
        if (ReceiveBudget is { } budget && budget < GetMinReceiveBudget(chain))
        {
            yield return Invariant($"{nameof(ReceiveBudget)} is {budget}: use at least {GetMinReceiveBudget(chain)} bytes, ") +
                "so that the longest message fits into each half.";
        }
    }

    /// <summary>Gets the errors of everything but the chain and the clock, which a <see cref="PeerNetwork"/> sets.</summary>
    internal IEnumerable<string> ErrorsExceptChainAndClock()
    {
        if (UserAgent is null || VersionMessage.UserAgentError(UserAgent) is not null)
        {
            var given = UserAgent switch
            {
                null => "null",
                { Length: > VersionMessage.MaxUserAgentLength } => $"{UserAgent.Length} characters long",
                _ => $"'{UserAgent}'",
            };
            yield return $"{nameof(UserAgent)} is {given}: use at most {VersionMessage.MaxUserAgentLength} characters of printable ASCII.";
        }

        if (FeeFilter is < 0 or > MaxFeeFilter)
            yield return Invariant($"{nameof(FeeFilter)} is {FeeFilter}: use 0 to {MaxFeeFilter} satoshis per 1,000 virtual bytes, or null.");
        if (!Enum.IsDefined(SendCmpct))
            yield return Invariant($"{nameof(SendCmpct)} is {SendCmpct}: use None, LowBandwidth or HighBandwidth.");
        if (Features is null)
            yield return $"{nameof(Features)} is null: leave it as it is for none.";
        else if (Features.Count > PeerFeature.MaxCount)
            yield return Invariant($"{nameof(Features)} has {Features.Count} features: use at most {PeerFeature.MaxCount}.");
        else if (Features.GroupBy(static feature => feature?.Id, StringComparer.Ordinal).FirstOrDefault(static each => each.Key is null || each.Count() > 1) is { } wrong)
            yield return $"{nameof(Features)} has {(wrong.Key is null ? "null" : $"'{wrong.Key}' more than once")}: use each id once.";
        if (MaxSendBacklog <= 0)
            yield return Invariant($"{nameof(MaxSendBacklog)} is {MaxSendBacklog}: use more than zero bytes.");
        if (MaxPostBacklog <= 0)
            yield return Invariant($"{nameof(MaxPostBacklog)} is {MaxPostBacklog}: use more than zero bytes.");
        if (MessageCommands?.Any(static command => command.IsEmpty) == true)
            yield return $"{nameof(MessageCommands)} has a command without a name: make it with new MessageCommand(\"...\").";
        foreach (var (name, version) in ((string, int)[])[(nameof(ProtocolVersion), ProtocolVersion), (nameof(MinProtocolVersion), MinProtocolVersion)])
        {
            if (version < ProtocolVersions.FirstWithPong)
                yield return Invariant($"{name} is {version}: use at least {ProtocolVersions.FirstWithPong}, the first version with pong (BIP31).");
        }

        foreach (var (name, time) in ((string, TimeSpan)[])[(nameof(PingInterval), PingInterval), (nameof(PongTimeout), PongTimeout), (nameof(SendTimeout), SendTimeout)])
        {
            if (time <= TimeSpan.Zero || time > LongestTime)
                yield return Invariant($"{name} is {time}: use more than zero, and at most {LongestTime.Days} days.");
        }

        if (!Enum.IsDefined(Transport) || TransportByNetwork?.Values.All(Enum.IsDefined) != true)
            yield return $"{nameof(Transport)} or {nameof(TransportByNetwork)} has an undefined policy, or is null: use the members of {nameof(TransportPolicy)}.";
        else if (TransportByNetwork.Values.Append(Transport).Contains(TransportPolicy.V2Only) && LoadKeyExchange().Obstacle is { } obstacle)
            yield return $"{(Transport == TransportPolicy.V2Only ? nameof(Transport) : nameof(TransportByNetwork))} has {TransportPolicy.V2Only}, which this system cannot do: {obstacle} Use {TransportPolicy.PreferV2}.";
        if (TransportDecoys is < 0 or > MaxTransportDecoys)
            yield return Invariant($"{nameof(TransportDecoys)} is {TransportDecoys}: use 0 to {MaxTransportDecoys}.");

        if (StartHeight is null)
            yield return $"{nameof(StartHeight)} is null: leave it as it is for 0.";
    }

    /// <summary>Gets the policy for a network.</summary>
    internal TransportPolicy GetTransport(AddressNetwork network) => TransportByNetwork.TryGetValue(network, out var policy) ? policy : Transport;

    /// <summary>Gets the policy for a connection.</summary>
    /// <param name="remote">The peer's address; null if it is not known.</param>
    /// <param name="isOnion">True for a connection through an onion service.</param>
    internal TransportPolicy GetTransport(EndPoint? remote, bool isOnion)
    {
        if (SelfDetector.GetNetwork(remote, isOnion) is { } network)
            return GetTransport(network);
        if (remote is not DnsEndPoint)
            return Transport;
        var (one, other) = (GetTransport(AddressNetwork.IPv4), GetTransport(AddressNetwork.IPv6));
        return one == other ? one : one == TransportPolicy.V2Only || other == TransportPolicy.V2Only ? TransportPolicy.V2Only : Transport;
    }

    /// <summary>Computes the default of <see cref="ReceiveBudget"/> on this machine, in bytes.</summary>
    internal static int DefaultReceiveBudget(ChainParameters? chain)
    {
        var least = GetMinReceiveBudget(chain);
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, least, Math.Max(least, DefaultMaxReceiveBudget));
    }

    /// <summary>Gets the least <see cref="ReceiveBudget"/> for the messages of a chain.</summary>
    internal static int GetMinReceiveBudget(ChainParameters? chain) => 3 * Bitcoin.ReceiveBudget.GetLongestBuffer(chain);

    /// <summary>Creates a copy with another chain and clock.</summary>
    internal BitcoinPeerOptions For(ChainParameters chain, TimeProvider timeProvider)
    {
        var copy = Copy();
        (copy.Chain, copy.TimeProvider) = (chain, timeProvider);
        return copy;
    }
}
