using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Peers of a Bitcoin chain: finds them, connects, shakes hands, keeps the wanted number, answers pings, and hands over what they say. Ties
/// a <see cref="ConnectionManager"/> and a <see cref="BitcoinProtocol"/> together. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var network = new PeerNetwork(new() { Chain = ChainParameters.Mainnet, OnMessage = OnMessageAsync });
/// await network.StartAsync();
/// await network.WhenFullAsync();
/// </code>
/// </example>
public sealed class PeerNetwork : IAsyncDisposable
{
    private static readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> Ignore = static (_, _, _) => ValueTask.CompletedTask;

    private readonly Func<BitcoinPeer, CancellationToken, ValueTask>? _onPeer;
    private readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> _onMessage;

    /// <summary>Makes a network, and listens on <see cref="PeerNetworkOptions.ListenOn"/>. Nothing is dialled before <see cref="StartAsync"/>.</summary>
    /// <param name="options">The options; later changes to them have no effect.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it.</exception>
    /// <exception cref="IOException">An address can't be listened on; the message says which and why.</exception>
    public PeerNetwork(PeerNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chain = Check(options);
        _onPeer = options.OnPeer;
        _onMessage = options.OnMessage ?? Ignore;
        var protocol = options.Protocol ?? new BitcoinPeerOptions { RequiredServices = NodeServices.Network | NodeServices.Witness };
        Protocol = new BitcoinProtocol(protocol.For(chain, options.TimeProvider));
        var listeners = Listen(options.ListenOn);
        try
        {
            Connections = new ConnectionManager(ManagerOptions(options, chain, listeners));
        }
        catch
        {
            foreach (var listener in listeners)
                listener.Dispose();
            throw;
        }

        ListenEndPoints = [.. listeners.Select(listener => listener.LocalEndPoint)];
        foreach (var peer in options.PermanentPeers)
            Connections.Connect(peer, permanent: true);
    }

    /// <summary>The connection manager, for everything beyond this class: snapshots, events, limits, single connections.</summary>
    public ConnectionManager Connections { get; }

    /// <summary>The protocol that the connections speak.</summary>
    public BitcoinProtocol Protocol { get; }

    /// <summary>The local addresses listened on, with their real ports.</summary>
    public ImmutableArray<EndPoint> ListenEndPoints { get; }

    /// <summary>Begins to connect and to accept.</summary>
    /// <param name="cancellationToken">Ends the wait, not the start.</param>
    /// <returns>Completes when both have begun.</returns>
    public Task StartAsync(CancellationToken cancellationToken = default) => Connections.StartAsync(cancellationToken);

    /// <summary>Waits until the target and all permanent peers are connected, their handshakes included. They may be lost again later.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes at the first moment at which nothing is missing.</returns>
    /// <exception cref="InvalidOperationException">The network was stopped.</exception>
    public Task WhenFullAsync(CancellationToken cancellationToken = default) => Connections.WhenFullAsync(cancellationToken);

    /// <summary>The peers connected now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Every peer whose handshake is complete, with its connection.</returns>
    public async Task<ImmutableArray<(BitcoinPeer Peer, Connection Connection)>> GetPeersAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = await Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. snapshot.Connections
                .Where(static connected => connected.Connection.Session is BitcoinPeer)
                .Select(static connected => ((BitcoinPeer)connected.Connection.Session!, connected.Connection)),
        ];
    }

    /// <summary>Closes every connection and waits until nothing runs any more. As <see cref="ConnectionManager.StopAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait, not the stop.</param>
    /// <returns>Completes when everything has ended.</returns>
    public Task StopAsync(CancellationToken cancellationToken = default) => Connections.StopAsync(cancellationToken);

    /// <summary>Stops and waits, as <see cref="StopAsync"/>.</summary>
    /// <returns>Completes when everything has ended.</returns>
    public ValueTask DisposeAsync() => Connections.DisposeAsync();

    private static List<TcpConnectionListener> Listen(IEnumerable<IPEndPoint> endPoints)
    {
        var listeners = new List<TcpConnectionListener>();
        try
        {
            foreach (var endPoint in endPoints)
                listeners.Add(TcpConnectionListener.Listen(endPoint));
            return listeners;
        }
        catch
        {
            foreach (var listener in listeners)
                listener.Dispose();
            throw;
        }
    }

    private ConnectionManagerOptions ManagerOptions(PeerNetworkOptions options, ChainParameters chain, List<TcpConnectionListener> listeners)
    {
        var managerOptions = new ConnectionManagerOptions
        {
            Dial = options.Dial ?? new TcpDialer(new TcpDialerOptions { TimeProvider = options.TimeProvider }).DialAsync,
            Handshake = Protocol.HandshakeAsync,
            OnConnection = (_, connection, token) => RunAsync(connection, token),
            OnAccept = RunAsync,
            Listeners = [.. listeners],
            MaxInbound = options.MaxInbound,
            TargetOutbound = options.TargetOutbound,
            AddressSource = options.AddressSource ?? (chain.DnsSeeds.IsEmpty ? null : SeedsOf(chain, options)),
            LoggerFactory = options.LoggerFactory,
            TimeProvider = options.TimeProvider,
        };
        options.Configure?.Invoke(managerOptions);
        return managerOptions;
    }

    private static DnsAddressSource SeedsOf(ChainParameters chain, PeerNetworkOptions options) => new(
        chain,
        options: new DnsSeederOptions { TimeProvider = options.TimeProvider, LoggerFactory = options.LoggerFactory });

    private static ChainParameters Check(PeerNetworkOptions options)
    {
        string? error = options switch
        {
            { Chain: null } => "Chain is missing: set it to ChainParameters.Mainnet, for example.",
            { PermanentPeers: null } => "PermanentPeers is null: use an empty list for none.",
            { ListenOn: null } => "ListenOn is null: use an empty list for none.",
            { TimeProvider: null } => "TimeProvider is null: use TimeProvider.System.",
            _ when options.PermanentPeers.Any(static peer => peer is null) => "PermanentPeers contains null: leave it out.",
            _ when options.ListenOn.Any(static endPoint => endPoint is null) => "ListenOn contains null: leave it out.",
            _ => null,
        };
        return error is null ? options.Chain! : throw new ArgumentException($"{nameof(PeerNetworkOptions)}.{error}", nameof(options));
    }

    private Task RunAsync(Connection connection, CancellationToken cancellationToken) =>
        BitcoinProtocol.BeginAndRunAsync(connection, _onPeer, _onMessage, cancellationToken);
}
