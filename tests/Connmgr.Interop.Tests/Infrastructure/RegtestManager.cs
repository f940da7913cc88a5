using System.Globalization;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A manager that speaks Bitcoin's regtest over real TCP, with a user agent of its own; stopped when disposed.</summary>
internal sealed class RegtestManager : IAsyncDisposable
{
    /// <summary>For a stop, which then says what is left.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int _count;

    private int _handlers;

    /// <param name="configure">Changes options of the manager. There are no automatic connections by default: no source.</param>
    /// <param name="configurePeers">Changes options of the protocol.</param>
    /// <param name="network">Where it dials; null for the loopback device of this machine.</param>
    public RegtestManager(
        Action<ConnectionManagerOptions>? configure = null,
        Action<BitcoinPeerOptions>? configurePeers = null,
        NetworkNamespace? network = null)
    {
        var number = Interlocked.Increment(ref _count);
        UserAgent = string.Create(CultureInfo.InvariantCulture, $"/ConnmgrInterop:{Environment.ProcessId}.{number}/");
        var peers = new BitcoinPeerOptions { Chain = ChainParameters.Regtest, UserAgent = UserAgent };
        configurePeers?.Invoke(peers);
        var bitcoin = new BitcoinProtocol(peers);
        var dialer = new TcpDialer();
        var options = new ConnectionManagerOptions
        {
            Dial = network is null ? dialer.DialAsync : (endPoint, token) => network.Run(() => dialer.DialAsync(endPoint, token)),
            Handshake = bitcoin.HandshakeAsync,
            OnConnection = (_, connection, token) => HandleAsync(connection, token),
            OnAccept = HandleAsync,
            RetryDuration = TimeSpan.FromMilliseconds(200),
            ObserveNetworkChanges = false,
        };
        configure?.Invoke(options);
        Manager = new ConnectionManager(options);
        Events = new ManagerEvents(Manager);
    }

    public string UserAgent { get; }

    public ConnectionManager Manager { get; }

    public ManagerEvents Events { get; }

    /// <summary>How many handlers have not returned.</summary>
    public int Handlers => Volatile.Read(ref _handlers);

    /// <summary>The peer that a connection's handshake made.</summary>
    public static BitcoinPeer GetPeer(Connection connection) => Assert.IsType<BitcoinPeer>(connection.UserState);

    /// <summary>Whether an entry of bitcoind's <c>getpeerinfo</c> is this manager, after the handshake.</summary>
    public bool IsMe(JsonElement peer) => peer.GetProperty("subver").ValueEquals(UserAgent);

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        await Manager.StopAsync(deadline.Token);
        await Events.DisposeAsync();
    }

    private async Task HandleAsync(Connection connection, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _handlers);
        try
        {
            await BitcoinProtocol.RunAsync(connection, static (_, _, _) => ValueTask.CompletedTask, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _handlers);
        }
    }
}
