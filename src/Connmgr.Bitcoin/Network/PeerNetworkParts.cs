using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin;

/// <summary>
/// The parts of a <see cref="PeerNetwork"/>, created from its options and connected with each other. Nothing runs yet, but the listeners
/// listen. Immutable.
/// </summary>
internal sealed class PeerNetworkParts
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _instanceName;
    private readonly NodeServices _requiredServices;
    private readonly Func<AddressNetwork, ulong> _getServicesOf; // What the transport on a network needs.
    private readonly NetworkSeeds? _seeding; // Null without Source.
    private readonly NetworkDialer? _dialer; // Null when everything is dialled directly.
    private readonly PeerGate _gate;
    private readonly SourceTally _seeds;
    private readonly ImmutableArray<OutboundGroup> _outboundGroups; // At the start.
    private readonly ExtraPeers? _extras; // Null without Source.

    /// <summary>Creates the parts.</summary>
    /// <exception cref="ArgumentException">An option of a part is missing or out of its range.</exception>
    /// <exception cref="IOException">An address can't be listened on.</exception>
    public PeerNetworkParts(PeerNetworkOptions options)
    {
        var chain = options.Chain!;
        _time = options.TimeProvider;
        _logger = options.LoggerFactory?.CreateLogger<PeerNetwork>() ?? (ILogger)NullLogger.Instance;
        _instanceName = options.InstanceName ?? chain.Name;
        _seeds = new SourceTally(chain);
        State = new NetworkState(options, _logger);
        _gate = new PeerGate(State.Reputation, options.Gate);
        I2P = options.Proxies is { I2PSam: { } router } ? new I2PLink(router, options, State) : null;
        _dialer = options.Proxies is { } proxies ? CreateDialer(options, proxies) : null;

        var protocolOptions = options.Protocol ?? new BitcoinPeerOptions { RequiredServices = (NodeServices)chain.RequiredServices };
        _requiredServices = protocolOptions.RequiredServices;
        protocolOptions = protocolOptions.For(chain, _time);
        protocolOptions.Services |= GetTransportServices(protocolOptions);
        _getServicesOf = network => (ulong)GetNeededServices(protocolOptions, network);
        var seededServices = AddressNetworkTable.All.Where(each => GetKeptNetworks(options).HasFlag(each.Set))
            .Aggregate(_requiredServices, (all, each) => all | GetNeededServices(protocolOptions, each.Network));
        Protocol = new BitcoinProtocol(protocolOptions) { OnSlowed = new SlowedPeersLog(_logger, _time).Log };
        Gossip = CreateGossip(options, protocolOptions);
        var transports = new TransportDials(protocolOptions, State.Book, _logger);
        _outboundGroups = State.Groups.SetGroups([.. options.Groups]);
        Messaging = new PeerMessaging(options, protocolOptions, Gossip.Options.ForwardMessages);
        var conversation = new PeerConversation(options, protocolOptions, Protocol, Gossip, State, Messaging, transports);
        if (options.AddressSource is null && options.CanFillBook)
        {
            Source = CreateSource(options);
            var fetcher = new AddressFetcher(() => Connections!, Source); // Nothing is fetched before the start.
            _seeding = new NetworkSeeds(options, State, Source, fetcher, seededServices, GetDialledNetworks(options), _dialer is { Rules.NameProxy: not null }, _seeds, _instanceName);
        }

        var demand = Source is null ? null : new DemandedSource(new QuarantinedSource(Source, State.Quarantine));

        Storage = CreateStorage(options);
        var listeners = new List<IConnectionListener>();
        try
        {
            Listeners = NetworkListeners.Open(options, listeners);
            AddOwn();
            if (I2P?.Controller.Listener is { } ofI2P)
                listeners.Add(ofI2P);

            var managerOptions = CreateManagerOptions(options, conversation, demand, listeners);
            if (options.CreditAnnouncements ?? (options.OnMessage is null && (managerOptions.Listeners is { Count: > 0 } || State.Groups.HasBlockRelay)))
                conversation.CreditAnnouncements();
            var service = CreateOnionService(options, managerOptions, listeners);
            transports.Configure(managerOptions.Dial, managerOptions.HandshakeTimeout);
            Connections = new ConnectionManager(managerOptions);
            Reachability = new Reachability(options, managerOptions, State, GetDialledNetworks(options), Connections, _logger)
            {
                OnChanged = () =>
                {
                    Connections.NotifyNetworkChanged();
                    Seeder?.NotifyNetworkChanged();
                    PortMapping?.NotifyNetworkChanged();
                },
                OnListenersChanged = () =>
                {
                    AddOwn();
                    PortMapping?.NotifyNetworkChanged();
                },
            };
            State.GetTarget = () => Connections.TargetOutbound;
            Groups = new PeerGroups(State.Groups, Connections);
            Connections.OnMoved = Messaging.OnMoved;
            Messaging.Waits.GetRating = peer => State.GetRating(State.Records.Get(peer, peer.Connection!)).Value;
            Connector = new PeerConnector(Connections, Messaging.Directory, _time);
            Shortage = new ShortageAnalysis(Connections, State.Book, managerOptions.AddressSource, Source, _requiredServices, _getServicesOf, I2P);
            if (options.Proxies is { TorControl: { } control } tor)
                Tor = new TorLink(control, tor, service, _dialer!, Source, Connections, State, options.LoggerFactory);
            I2P?.Connections = Connections;
            if (options.PortMapping != PortMappingMethod.Off)
                PortMapping = new PortMappingLink(options, managerOptions.Listeners, managerOptions.ObserveNetworkChanges, State);
            if ((options.AddressSource ?? demand) is { } source)
                Trials = new PeerTrials(Connections, source, State, _logger);
            if (Source is not null)
            {
                var networks = GetPrivateNetworks(options);
                if (networks != AddressNetworks.None)
                    Private = new PrivateBroadcaster(Connections, Source, networks, Messaging.Returns, seesReturn: protocolOptions.Relay, _time, _logger);
                _extras = new ExtraPeers(Connections, Source, Trials!, Tip, _time, _logger);
                Policies = CreatePolicies(options, Source, _extras);
            }

            Runtime = CreateRuntime(options, demand, managerOptions.ObserveNetworkChanges);
        }
        catch
        {
            foreach (var listener in listeners.OfType<IDisposable>())
                listener.Dispose();
            throw;
        }

        foreach (var peer in options.PermanentPeers)
            Connections.Connect(peer, permanent: true);
    }

    /// <summary>The tables that the parts share.</summary>
    public NetworkState State { get; }

    /// <summary>The protocol that the connections speak.</summary>
    public BitcoinProtocol Protocol { get; }

    /// <summary>The exchange of addresses with peers.</summary>
    public AddressGossip Gossip { get; }

    /// <summary>The parts by which the program uses the peers.</summary>
    public PeerMessaging Messaging { get; }

    /// <summary>The connecting to single peers.</summary>
    public PeerConnector Connector { get; }

    /// <summary>The connections.</summary>
    public ConnectionManager Connections { get; }

    /// <summary>The groups of outbound peers.</summary>
    public PeerGroups Groups { get; }

    /// <summary>The source that draws from the address book; null when addresses come from elsewhere, or from nowhere.</summary>
    public AddressBookSource? Source { get; }

    /// <summary>The seeder of the address book; null without <see cref="Source"/>.</summary>
    public AddressSeeder? Seeder => _seeding?.Seeder;

    /// <summary>The feelers and extra connections; null without <see cref="Source"/>.</summary>
    public PolicyRunner? Policies { get; }

    /// <summary>The program's report of a stale tip.</summary>
    public StaleTip Tip { get; } = new();

    /// <summary>The trials of peers that may replace others; null when nothing supplies addresses.</summary>
    public PeerTrials? Trials { get; }

    /// <summary>The private broadcasts; null without <see cref="Source"/> or isolated streams.</summary>
    public PrivateBroadcaster? Private { get; }

    /// <summary>The link to Tor's control port; null when none is used.</summary>
    public TorLink? Tor { get; }

    /// <summary>The addresses at which others can reach the node, and the changes of the machine's network.</summary>
    public Reachability Reachability { get; }

    /// <summary>The link to an I2P router; null when none is used.</summary>
    public I2PLink? I2P { get; }

    /// <summary>The port mappings; null when they are off.</summary>
    public PortMappingLink? PortMapping { get; }

    /// <summary>The analysis of missing peers.</summary>
    public ShortageAnalysis Shortage { get; }

    /// <summary>The storage in the data directory; null without one.</summary>
    public NetworkStorage? Storage { get; }

    /// <summary>The start and the stop of all this.</summary>
    public NetworkRuntime Runtime { get; }

    /// <summary>The listeners of the options.</summary>
    public NetworkListeners Listeners { get; }

    /// <summary>Copies the options of the SOCKS5 dialler, which belong to the caller, and sets the network's clock.</summary>
    internal static Socks5DialerOptions CopySocks5(Socks5DialerOptions options, TimeProvider time)
    {
        var copy = options.Copy();
        copy.TimeProvider = time;
        return copy;
    }

    private void AddOwn()
    {
        foreach (var endPoint in Listeners.EndPoints.Concat(Listeners.OnionEndPoints))
        {
            State.OwnAddresses.Add(endPoint);
            State.SharedHosts.Add(endPoint);
        }
    }

    private NetworkDialer CreateDialer(PeerNetworkOptions options, PeerNetworkProxies proxies)
    {
        foreach (var proxy in proxies.Rules.Proxies)
            State.SharedHosts.Add(proxy);
        return new NetworkDialer(new NetworkDialerOptions
        {
            Rules = proxies.Rules,
            OnlyNetworks = proxies.OnlyNetworks,
            I2P = I2P?.Controller,
            Direct = options.Dial,
            Socks5 = CopySocks5(proxies.Socks5, _time),
        });
    }

    /// <summary>Gets the service that the network offers by its transport, as Bitcoin Core does whether it listens or not.</summary>
    private NodeServices GetTransportServices(BitcoinPeerOptions options)
    {
        var (exchange, obstacle) = PeerRuntime.LoadKeyExchange(options);
        if (obstacle is not null)
            NetworkLog.OnlyV1(_logger, obstacle);
        return exchange is not null ? NodeServices.P2PV2 : NodeServices.None;
    }

    /// <summary>Gets the services without which a peer of a network cannot be spoken with, so that it is not worth a dial.</summary>
    private static NodeServices GetNeededServices(BitcoinPeerOptions options, AddressNetwork network) =>
        options.GetTransport(network) == TransportPolicy.V2Only ? NodeServices.P2PV2 : NodeServices.None;

    private AddressNetworks GetDialledNetworks(PeerNetworkOptions options) => _dialer?.ReachableNetworks ?? options.ReachableNetworks;

    /// <summary>
    /// Gets the networks whose addresses are kept: onion addresses too when Tor's control port may still report a proxy for them.
    /// </summary>
    private AddressNetworks GetKeptNetworks(PeerNetworkOptions options) =>
        options.Proxies is { TorControl: not null } proxies
            ? GetDialledNetworks(options) | (AddressNetworks.TorV3 & proxies.OnlyNetworks)
            : GetDialledNetworks(options);

    /// <summary>Gets the networks on which each connection can have a separate identity: Tor with isolated streams, and I2P through a router's SAM bridge.</summary>
    private static AddressNetworks GetPrivateNetworks(PeerNetworkOptions options) =>
        (options.Proxies is { Socks5.Isolation: null } ? AddressNetworks.None : AddressNetworks.TorV3)
        | (options.Proxies is { I2PSam: not null } ? AddressNetworks.I2P : AddressNetworks.None);

    private AddressGossip CreateGossip(PeerNetworkOptions options, BitcoinPeerOptions protocol)
    {
        var gossipOptions = new AddressGossipOptions
        {
            Book = State.Book,
            ReachableNetworks = GetKeptNetworks(options),
            TimeProvider = _time,
            IsBanned = _gate.Excludes,
            Services = protocol.Services,
            GetWithheldServices = network => protocol.GetTransport(network) == TransportPolicy.V1Only ? NodeServices.P2PV2 : NodeServices.None,
            ExternalAddresses = State.ExternalAddresses,
        };
        options.ConfigureGossip?.Invoke(gossipOptions);
        return new AddressGossip(gossipOptions);
    }

    private AddressBookSource CreateSource(PeerNetworkOptions options)
    {
        return new AddressBookSource(State.Book, new AddressBookSourceOptions
        {
            Networks = GetDialledNetworks(options),
            RequiredServices = (ulong)_requiredServices,
            IsExcluded = State.IsOwnOrInbound,
            GetServicesOf = _getServicesOf,
            IsOnline = State.IsOnline,
            IsResting = State.Quarantine.Excludes,
        });
    }

    private ConnectionManagerOptions CreateManagerOptions(
        PeerNetworkOptions options, PeerConversation conversation, DemandedSource? demand, List<IConnectionListener> listeners)
    {
        var managerOptions = new ConnectionManagerOptions
        {
            Dial = _dialer is not null
                ? _dialer.DialAsync
                : options.Dial ?? new TcpDialer(new TcpDialerOptions { TimeProvider = _time }).DialAsync,
            GetProxy = _dialer is not null ? _dialer.GetProxy : null,
            Handshake = conversation.HandshakeAsync,
            OnConnection = (_, connection, token) => conversation.RunAsync(connection, token),
            OnAccept = conversation.RunAsync,
            Listeners = [.. listeners],
            ReservedFileDescriptors = CountReservedFiles(options),
            MaxInbound = options.MaxInbound,
            TargetOutbound = options.TargetOutbound,
            OutboundGroups = [.. _outboundGroups],
            AddressSource = options.AddressSource ?? demand,
            Netgrouper = options.Netgrouper,
            Gate = _gate.Evaluate,
            MeterFactory = options.MeterFactory,
            InstanceName = _instanceName,
            LoggerFactory = options.LoggerFactory,
            TimeProvider = _time,
        };
        options.Configure?.Invoke(managerOptions);
        var onDisconnection = managerOptions.OnDisconnection;
        managerOptions.OnDisconnection = (request, connection) => conversation.OnDisconnectionAsync(request, connection, onDisconnection);
        return managerOptions;
    }

    /// <summary>Counts the file descriptors needed in addition to those of inbound and automatic peers.</summary>
    private int CountReservedFiles(PeerNetworkOptions options)
    {
        const int PerName = 4; // Its addresses are dialled side by side.
        const int PerLookup = 2;
        const int ForTor = 2;
        const int ForI2P = 8; // Sessions, made or being made, and the waits for peers.
        const int ForDataDirectory = 3; // Book, bans and anchors may be written at the same time.
        var peers = options.PermanentPeers.Concat(Source is null ? [] : options.SeedNodes)
            .Sum(static peer => peer is DnsEndPoint ? PerName : 1);
        var lookups = Source is null ? 0 : options.Chain!.DnsSeeds.Length * PerLookup;
        var policies = Source is null ? 0 : 1; // A feeler. Extra peers are trials, which the manager counts.
        var tor = options.Proxies?.TorControl is null ? 0 : ForTor;
        var i2p = I2P is null ? 0 : ForI2P + (options.Proxies!.AcceptI2P ? 0 : options.WantedOutbound); // A session each.
        var ofBroadcasts = Source is null ? AddressNetworks.None : GetKeptNetworks(options) & GetPrivateNetworks(options);
        var broadcasts = (ofBroadcasts != AddressNetworks.None ? PrivateBroadcaster.MaxConnections : 0)
            + (ofBroadcasts.HasFlag(AddressNetworks.I2P) ? PrivateBroadcaster.MaxConnections : 0); // A session each.
        return peers + lookups + policies + broadcasts + tor + i2p + (options.DataDirectory is null ? 0 : ForDataDirectory);
    }

    private static OnionServiceOptions? CreateOnionService(
        PeerNetworkOptions options, ConnectionManagerOptions managerOptions, List<IConnectionListener> listeners)
    {
        if (options.Proxies is not { TorControl: not null, PublishOnionService: true } proxies)
            return null;
        var service = TorLink.CreateService(proxies.OnionTarget, managerOptions, listeners);
        service.VirtualPort = options.Chain!.DefaultPort;
        service.KeyFile = options.DataDirectory is { } directory ? ChainDirectory.FromDataDirectory(directory, options.Chain).OnionKey : null;
        return service;
    }

    private PolicyRunner CreatePolicies(PeerNetworkOptions options, AddressBookSource source, ExtraPeers extras)
    {
        var random = DefaultRandom.Get(options.Random);
        var schedule = new PolicySchedule(options.Policies, random, now: TimeSpan.Zero);
        return new PolicyRunner(Connections, State.Book, source, schedule, extras, Tip, random, _time, _logger);
    }

    private NetworkStorage? CreateStorage(PeerNetworkOptions options)
    {
        if (options.DataDirectory is not { } directory)
            return null;
        var chain = options.Chain!;
        var keepsAnchors = options.Policies.Anchors && options.AddressSource is null;
        return new NetworkStorage(ChainDirectory.FromDataDirectory(directory, chain), chain.Magic, State, keepsAnchors, options.LoggerFactory, _logger);
    }

    private NetworkRuntime CreateRuntime(PeerNetworkOptions options, DemandedSource? demand, bool observesNetwork)
    {
        var tasks = ImmutableArray.CreateBuilder<BackgroundTask>();
        if (_seeding is not null)
            tasks.AddRange(_seeding.CreateTasks(Groups, demand!, observesNetwork));

        tasks.AddRange(Reachability.Tasks);
        if (Tor is not null)
            tasks.Add(new("Tor control", Tor.RunAsync));
        if (I2P is not null)
            tasks.Add(new("I2P", I2P.RunAsync));
        if (PortMapping is not null)
            tasks.Add(new("port mapping", PortMapping.RunAsync));
        tasks.Add(new("shortage report", new ShortageReporter(Shortage.GetAsync, _time, _logger).RunAsync));
        if (Policies is not null)
            tasks.Add(new("policies", Policies.RunAsync));
        if (_extras is not null)
            tasks.Add(new("extra peers", _extras.RunAsync));
        if (Source is not null && options.Policies.Upgrade is { } upgrade)
            tasks.Add(new("upgrade", new PeerUpgrader(Connections, Source, Trials!, State, upgrade, _logger).RunAsync));

        var meterFactory = options.MeterFactory;
        return new NetworkRuntime(
            Connections,
            Storage,
            Source,
            tasks.DrainToImmutable(),
            new ReputationEnforcer(Connections, State.Reputation),
            Messaging,
            () => new NetworkMetrics(meterFactory, _instanceName, State, Gossip, _seeds, Protocol, PortMapping, I2P?.Controller),
            _logger);
    }
}
