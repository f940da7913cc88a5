using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin;

/// <summary>
/// Peers of a Bitcoin chain: finds them by seeds, gossip and an address book that it keeps, connects, shakes hands, keeps the wanted
/// number, answers pings, and hands over what they say. Ties a <see cref="ConnectionManager"/>, a <see cref="BitcoinProtocol"/>, an
/// <see cref="AddressBook"/>, an <see cref="AddressSeeder"/> and an <see cref="AddressGossip"/> together; each part can be replaced.
/// Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var network = new PeerNetwork(new() { Chain = ChainParameters.Mainnet, OnMessage = OnMessageAsync });
/// await network.StartAsync();
/// await network.WhenFullAsync();
/// </code>
/// </example>
public sealed partial class PeerNetwork : IAsyncDisposable
{
    private static readonly ImmutableArray<(AddressNetwork Network, AddressNetworks Set)> EachNetwork =
    [
        (AddressNetwork.IPv4, AddressNetworks.IPv4), (AddressNetwork.IPv6, AddressNetworks.IPv6), (AddressNetwork.TorV3, AddressNetworks.TorV3),
        (AddressNetwork.I2P, AddressNetworks.I2P), (AddressNetwork.Cjdns, AddressNetworks.Cjdns),
    ];

    private readonly AddressGossip _gossip;
    private readonly AddressBookSource? _source;
    private readonly AddressSeeder? _seeder;
    private readonly DemandedSource? _demandedSource;
    private readonly PolicyRunner? _policies;
    private readonly OutboundPeers _outbound = new();
    private readonly OwnAddresses _own = new();
    private readonly SharedHosts _shared;
    private readonly SourceTally _seeds;
    private readonly Func<NetworkMetrics> _newMetrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly PeerClock _clock;

    /// <summary>
    /// Makes a network, and listens on <see cref="PeerNetworkOptions.ListenOn"/>. Nothing is dialled, read or written before
    /// <see cref="StartAsync"/>.
    /// </summary>
    /// <param name="options">The options; later changes to them have no effect.</param>
    /// <exception cref="ArgumentException">
    /// Options are missing or out of their range; the message names each of them (<see cref="PeerNetworkOptions.GetErrors"/>).
    /// </exception>
    /// <exception cref="IOException">An address can't be listened on; the message says which and why.</exception>
    public PeerNetwork(PeerNetworkOptions options)
    {
        PeerNetworkOptionsValidator.Check(options);
        var chain = options.Chain!;
        _time = options.TimeProvider;
        _clock = new PeerClock(_time);
        _logger = options.LoggerFactory?.CreateLogger<PeerNetwork>() ?? (ILogger)NullLogger.Instance;
        _onPeer = options.OnPeer;
        _onMessage = options.OnMessage ?? Ignore;
        _onViolation = options.OnViolation;
        _gate = options.Gate;
        _misbehaviorOf = options.MisbehaviorOf;
        _loggerFactory = options.LoggerFactory;
        _shared = new SharedHosts(_time);
        Reputation = options.Reputation ?? NewReputation(options, _clock);
        _magic = chain.Magic;
        _files = options.DataDirectory is { } directory ? ChainFiles.Of(directory, chain) : null;
        _keepsAnchors = options.Policies.Anchors && options.AddressSource is null;
        var protocol = options.Protocol ?? new BitcoinPeerOptions { RequiredServices = NodeServices.Network | NodeServices.Witness };
        _requiredServices = protocol.RequiredServices;
        _relay = protocol.Relay;
        Protocol = new BitcoinProtocol(protocol.For(chain, _time));
        Protocol.OnSlowed = new SlowedPeersLog(_logger, _time).Tell;
        Book = options.Book ?? new AddressBook(new AddressBookOptions { TimeProvider = _time, Netgrouper = options.Netgrouper });
        _dialer = options.Proxies is { } proxies ? NewDialer(options, proxies) : null;
        _gossip = NewGossip(options);
        _interest = GossipSession.AddTo(new(HandledBy(options)), _gossip.Options.PassMessagesOn);
        _handled = HandledBy(options)?.ToHashSet();
        _seeds = new SourceTally(chain);
        var (meterFactory, instanceName) = (options.MeterFactory, InstanceNameOf(options));
        _newMetrics = () => new NetworkMetrics(meterFactory, instanceName, Reputation, Book, _gossip, _seeds, Protocol);
        if (options.AddressSource is null && options.CanFillBook)
        {
            _source = NewSource(options);
            _demandedSource = new DemandedSource(_source);
            _seeder = NewSeeder(options);
        }

        var listeners = new List<IConnectionListener>();
        try
        {
            listeners.AddRange(options.ListenOn.Select(static endPoint => TcpConnectionListener.Listen(endPoint)));
            ListenEndPoints = [.. listeners.Select(static listener => listener.LocalEndPoint)];
            listeners.AddRange(options.OnionListenOn.Select(static endPoint => TcpConnectionListener.Listen(endPoint, profile: OnionProfile)));
            OnionListenEndPoints = [.. listeners.Skip(ListenEndPoints.Length).Select(static listener => listener.LocalEndPoint)];
            var managerOptions = ManagerOptions(options, listeners);
            if (options.Proxies is { TorControl: { } control } tor)
            {
                var service = tor.ServesOnion ? LeadTo(tor.OnionTarget, managerOptions, listeners) : null;
                _tor = NewTor(options, tor, control, service);
            }

            Connections = new ConnectionManager(managerOptions);
        }
        catch
        {
            foreach (var listener in listeners.OfType<IDisposable>())
                listener.Dispose();
            throw;
        }

        if (options.CreditAnnouncements ?? (options.OnMessage is null && _hasListeners))
        {
            _credit = new AnnouncementCredit(countsTransactions: _relay);
            AnnouncementCredit.AddTo(_interest);
        }

        _enforcer = new ReputationEnforcer(Connections, Reputation);
        foreach (var listenEndPoint in ListenEndPoints.Concat(OnionListenEndPoints))
        {
            _own.Add(listenEndPoint);
            _shared.Add(listenEndPoint);
        }

        if (_source is not null)
            _policies = NewPolicies(options, _source);
        foreach (var peer in options.PermanentPeers)
            Connections.Connect(peer, permanent: true);
        using (ExecutionContext.SuppressFlow()) // It outlives the call: it must not carry the caller's AsyncLocals along.
            Completion = CompleteAsync();
    }

    /// <summary>The connection manager, for everything beyond this class: snapshots, events, limits, single connections.</summary>
    public ConnectionManager Connections { get; }

    /// <summary>The protocol that the connections speak.</summary>
    public BitcoinProtocol Protocol { get; }

    /// <summary>
    /// The address book. What the data directory has is in it once the network has started; what you add before is kept.
    /// </summary>
    public AddressBook Book { get; }

    /// <summary>
    /// Bans, scores and discouraged hosts. The bans of the data directory are in it once the network has started, and each change is
    /// written there; a new ban ends the connections that it matches, and a report that discourages a host those of the host.
    /// </summary>
    public PeerReputation Reputation { get; }

    /// <summary>The bans: those of <see cref="Reputation"/>.</summary>
    public BanList Bans => Reputation.Bans;

    /// <summary>The local addresses listened on, with their real ports.</summary>
    public ImmutableArray<EndPoint> ListenEndPoints { get; }

    /// <summary>
    /// The local addresses of <see cref="PeerNetworkOptions.OnionListenOn"/>, with their real ports. The service that Tor's control port
    /// serves has <see cref="TorState.OnionTarget"/>.
    /// </summary>
    public ImmutableArray<EndPoint> OnionListenEndPoints { get; }

    /// <summary>
    /// Waits until the target and all permanent peers are connected, their handshakes included. They may be lost again later. Where nothing
    /// gives addresses and there are neither permanent peers nor listeners, a target above 0 is never reached: <see cref="GetShortageAsync"/>
    /// tells why, and so does a warning in the log.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes at the first moment at which nothing is missing.</returns>
    /// <exception cref="InvalidOperationException">The network was stopped.</exception>
    public Task WhenFullAsync(CancellationToken cancellationToken = default) => Connections.WhenFullAsync(cancellationToken);

    /// <summary>The peers connected now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// Every peer whose handshake is complete, with its connection; <see cref="PurposeOf(Connection)"/> tells what it is for. Feelers and
    /// address fetches are left out: they end within seconds, and no message of theirs reaches the program.
    /// </returns>
    public async Task<ImmutableArray<(BitcoinPeer Peer, Connection Connection)>> GetPeersAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = await Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. snapshot.Connections
                .Where(static connected => connected.Connection.Session is BitcoinPeer
                    && PurposeOf(connected.Connection) is not (PeerPurpose.Feeler or PeerPurpose.AddressFetch))
                .Select(static connected => ((BitcoinPeer)connected.Connection.Session!, connected.Connection)),
        ];
    }

    /// <summary>Says which peers are missing at present, and why.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is missing; null when nothing is, and when the network has stopped.</returns>
    public async Task<ConnectionShortage?> GetShortageAsync(CancellationToken cancellationToken = default) =>
        ShortageOf(await Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Says which peers were missing when a snapshot was taken, and why; what the address book has is looked at now.</summary>
    /// <param name="snapshot">A snapshot of <see cref="Connections"/>, just taken.</param>
    /// <returns>What is missing; null when nothing is, and when the network has stopped.</returns>
    public ConnectionShortage? ShortageOf(ConnectionManagerSnapshot snapshot) => ConnectionShortage.Of(snapshot, ReasonsOfBook(snapshot.OpenNetworks));

    /// <summary>Where the network stands beside its connections: address book, seeds, gossip.</summary>
    /// <returns>A copy: later changes do not show.</returns>
    public PeerNetworkStatistics GetStatistics() => new()
    {
        Book =
        [
            .. EachNetwork.Select(each => new BookCount(
                each.Network, Book.CountOf(each.Set, AddressTables.New), Book.CountOf(each.Set, AddressTables.Tried))),
        ],
        Seeds = [.. _seeder?.Outcomes ?? []],
        Gossip = _gossip.Counts,
        FeelersAnswered = _policies?.FeelersAnswered ?? 0,
        FeelersFailed = _policies?.FeelersFailed ?? 0,
        Anchors = Volatile.Read(ref _anchors),
        Problems = [.. Volatile.Read(ref _problems)],
        Lost = [.. Volatile.Read(ref _lost)],
        BookSavedAt = Volatile.Read(ref _keeper)?.SavedAt,
    };

    /// <summary>What a connection is for.</summary>
    /// <param name="connection">A connection of a network.</param>
    /// <returns>The purpose.</returns>
    public static PeerPurpose PurposeOf(Connection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return PurposeOf(connection.Kind, connection.Request?.Tag);
    }

    /// <summary>What a request is for.</summary>
    /// <param name="request">A request of a network.</param>
    /// <returns>The purpose.</returns>
    public static PeerPurpose PurposeOf(ConnectionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PurposeOf(request.Kind, request.Tag);
    }

    /// <summary>The peer's address as the book knows it; null for an inbound one, or for a name whose address is not known.</summary>
    internal static NetworkEndPoint? EndPointOf(Connection connection) => connection.Request?.Tag switch
    {
        AddressBookCandidate candidate => candidate.EndPoint,
        PeerTag { Candidate: { } candidate } => candidate.EndPoint,
        _ when connection.Direction == ConnectionDirection.Outbound && NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint) => endPoint,
        _ => null,
    };

    private static PeerPurpose PurposeOf(ConnectionKind kind, object? tag) => tag switch
    {
        PeerTag own => own.Purpose,
        AddressBookCandidate { IsAnchor: true } => PeerPurpose.Anchor,
        _ => kind switch
        {
            ConnectionKind.Automatic => PeerPurpose.Automatic,
            ConnectionKind.Permanent => PeerPurpose.Permanent,
            ConnectionKind.Inbound => PeerPurpose.Inbound,
            _ => PeerPurpose.OneOff,
        },
    };

    /// <summary>The commands that the user's handler gets; null for all.</summary>
    private static IEnumerable<MessageCommand>? HandledBy(PeerNetworkOptions options) =>
        options.OnMessage is null ? [] : options.MessageCommands ?? options.Protocol?.MessageCommands;

    private ShortageReasons ReasonsOfBook(AddressNetworks open)
    {
        if (_source is not { Networks: var networks })
            return ShortageReasons.None;
        if (Book.CountOf(networks) == 0)
            return Book.Count == 0 && networks != AddressNetworks.None ? ShortageReasons.NoAddresses : ShortageReasons.Unreachable;
        if (!Book.TrySelect(out _, networks, services: (ulong)_requiredServices))
            return ShortageReasons.MissingServices;
        return Book.TrySelect(out _, networks & open, services: (ulong)_requiredServices) ? ShortageReasons.None : ShortageReasons.Outage;
    }

    private static string InstanceNameOf(PeerNetworkOptions options) => options.InstanceName ?? options.Chain!.Name;

    /// <summary>The file descriptors for what the network does beside accepting peers and keeping the automatic ones.</summary>
    private int ReservedFiles(PeerNetworkOptions options)
    {
        const int OfName = 4; // Its addresses are dialled side by side.
        const int OfLookup = 2;
        const int OfTor = 2;
        const int OfDataDirectory = 3; // Book, bans and anchors are written at any time.
        var peers = options.PermanentPeers.Concat(_seeder is null ? [] : options.SeedNodes).Sum(static peer => peer is DnsEndPoint ? OfName : 1);
        var lookups = _seeder is null ? 0 : options.Chain!.DnsSeeds.Length * OfLookup;
        var policies = _source is null ? 0 : 2; // A feeler, and a peer of one more network.
        return peers + lookups + policies + (_tor is null ? 0 : OfTor) + (_files is null ? 0 : OfDataDirectory);
    }

    private ConnectionManagerOptions ManagerOptions(PeerNetworkOptions options, List<IConnectionListener> listeners)
    {
        var managerOptions = new ConnectionManagerOptions
        {
            Dial = _dialer is not null ? _dialer.DialAsync : options.Dial ?? new TcpDialer(new TcpDialerOptions { TimeProvider = _time }).DialAsync,
            ProxyOf = _dialer is not null ? _dialer.ProxyOf : null,
            Handshake = HandshakeAsync,
            OnConnection = (_, connection, token) => RunAsync(connection, token),
            OnAccept = RunAsync,
            Listeners = [.. listeners],
            ReservedFileDescriptors = ReservedFiles(options),
            MaxInbound = options.MaxInbound,
            TargetOutbound = options.TargetOutbound,
            AddressSource = options.AddressSource ?? _demandedSource,
            Netgrouper = options.Netgrouper,
            Gate = Judge,
            MeterFactory = options.MeterFactory,
            InstanceName = InstanceNameOf(options),
            LoggerFactory = options.LoggerFactory,
            TimeProvider = _time,
        };
        options.Configure?.Invoke(managerOptions);
        _observesNetwork = managerOptions.ObserveNetworkChanges;
        _hasListeners = managerOptions.Listeners is { Count: > 0 };
        var onDisconnection = managerOptions.OnDisconnection;
        managerOptions.OnDisconnection = (request, connection) => OnDisconnectionAsync(request, connection, onDisconnection);
        return managerOptions;
    }

    private AddressBookSource NewSource(PeerNetworkOptions options) => new(Book, new AddressBookSourceOptions
    {
        Networks = DialledNetworks(options),
        RequiredServices = (ulong)_requiredServices,
        IsExcluded = _own.Contains,
        // Bitcoin Core's rule: with peers in two netgroups we are online. With fewer wanted, fewer show it.
        IsOnline = () => _outbound.AreInGroups(Math.Min(options.TargetOutbound + options.PermanentPeers.Count - 1, 2)),
    });

    private AddressGossip NewGossip(PeerNetworkOptions options)
    {
        var gossipOptions = new AddressGossipOptions
        {
            Book = Book,
            ReachableNetworks = KeptNetworks(options),
            TimeProvider = _time,
            IsBanned = IsBanned,
            Services = options.Protocol?.Services ?? NodeServices.None,
        };
        options.ConfigureGossip?.Invoke(gossipOptions);
        foreach (var external in gossipOptions.ExternalEndPoints ?? [])
        {
            _own.Add(external.ToEndPoint());
            _shared.Add(external.ToEndPoint());
        }

        return new AddressGossip(gossipOptions);
    }

    private AddressSeeder NewSeeder(PeerNetworkOptions options)
    {
        var seederOptions = new AddressSeederOptions
        {
            Chain = options.Chain,
            SeedNodes = [.. options.SeedNodes],
            RequiredServices = (ulong)_requiredServices,
            ReachableNetworks = DialledNetworks(options),
            NamesGoThroughProxy = _dialer is { Rules.NameProxy: not null },
            LookupThroughProxy = options.Lookup ?? (options.Proxies is { } proxies ? LookupThroughTor(proxies) : null),
            CountAddresses = networks => Book.CountOf(networks),
            AddAddresses = (addresses, source) =>
            {
                Book.Add(addresses, source);
                _seeds.Add(addresses.Count, source);
            },
            CountOutbound = () => _outbound.Count,
            FetchFrom = (endPoint, token) => FetchFromAsync(endPoint, candidate: null, token),
            FetchFromKnown = FetchFromKnownAsync,
            OnSeeded = options.OnSeeded,
            Timetable = new SeedingTimetable { EnoughOutbound = Math.Clamp(options.TargetOutbound, 1, 2) },
            Dns = new DnsSeederOptions { Lookup = options.Lookup, MeterFactory = options.MeterFactory, InstanceName = InstanceNameOf(options) },
            TimeProvider = _time,
            LoggerFactory = options.LoggerFactory,
        };
        options.ConfigureSeeding?.Invoke(seederOptions);
        return new AddressSeeder(seederOptions);
    }

    private PolicyRunner NewPolicies(PeerNetworkOptions options, AddressBookSource source)
    {
        var random = options.Random ?? new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        return new PolicyRunner(
            Connections, Book, source, new PolicySchedule(options.Policies, random, TimeSpan.Zero), random, _time, _logger);
    }

    private PeerReputation NewReputation(PeerNetworkOptions options, PeerClock clock)
    {
        var map = options.Netgrouper as AsMap;
        return new PeerReputation(new PeerReputationOptions
        {
            IsShared = _shared.Contains,
            Scores = new HostScoresOptions { TimeProvider = options.TimeProvider },
            Bans = new BanList(new BanListOptions
            {
                TimeProvider = options.TimeProvider,
                AutonomousSystemOf = map is null ? null : address => map.GetAutonomousSystem(address),
                IsClockTrusted = clock.IsTrusted,
            }),
        });
    }

    /// <summary>The severer one of what the reputation and the user's gate say.</summary>
    private GateVerdict Judge(EndPoint endPoint, ConnectionDirection direction)
    {
        var verdict = Reputation.Judge(endPoint, direction);
        if (verdict == GateVerdict.Refuse || _gate is null)
            return verdict;
        var other = _gate(endPoint, direction);
        return other == GateVerdict.Allow ? verdict : other;
    }

    /// <summary>Whether an address is neither kept nor told of.</summary>
    private bool IsBanned(NetworkAddress address)
    {
        if (Bans.IsBanned(address) || Reputation.Discouraged.Contains(address))
            return true;
        return _gate is not null && new NetworkEndPoint(address, 1).ToEndPoint() is { } endPoint
            && _gate(endPoint, ConnectionDirection.Outbound) != GateVerdict.Allow;
    }
}
