using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>How a program uses the peers of a network: two networks on loopback, or one on a memory network. In real time.</summary>
public class PeerNetworkUseTests
{
    private static readonly MessageCommand Some = new("some");
    private static readonly MessageCommand Other = new("other");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchPeers_OfBothSides_TellsWhoCameAndWhyTheyLeft()
    {
        await using var server = await ServerAsync();
        await using var client = await ClientAsync(server);
        var outbound = Assert.Single(client.Peers);
        await using var watch = server.WatchPeersAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        var inbound = Assert.IsType<PeerJoined>(watch.Current).Peer;
        Assert.Equal(ConnectionDirection.Inbound, inbound.Direction);
        Assert.Same(inbound, Assert.Single(server.Peers));

        var own = client.WatchPeersAsync(Ct).ToListAsync(Ct).AsTask();
        outbound.Close("enough");
        Assert.True(await watch.MoveNextAsync());
        var reason = Assert.IsType<PeerLeft>(watch.Current).Reason;
        Assert.True(reason.Cause is DisconnectCause.PeerClosed or DisconnectCause.Reset, $"{reason}"); // A socket that is closed with bytes unread resets.
        Assert.Empty(server.Peers.Where(peer => peer == inbound));
        await client.StopAsync(Ct);
        var changes = await own;
        Assert.Equal("Closed: enough", changes.OfType<PeerLeft>().First(change => change.Peer == outbound).Reason.ToString());
        Assert.Equal(changes.OfType<PeerJoined>().Count(), changes.OfType<PeerLeft>().Count()); // It may have come back meanwhile.
        Assert.Empty(client.Peers);
    }

    [Fact]
    public async Task WatchPeers_OfAPeerThatMovesToAnotherGroup_TellsFromWhereToWhere()
    {
        await using var sandbox = new SandboxNetwork(new() { Peers = 20, DeadShare = 0, SlowShare = 0, ResettingShare = 0, SilentShare = 0, RestlessShare = 0, HostileShare = 0 });
        await using var network = new PeerNetwork(new()
        {
            Chain = SandboxNetwork.Chain,
            Dial = sandbox.DialAsync,
            AddressSource = sandbox.AddressSource,
            Configure = static options => options.OutboundGroups = [new OutboundGroup("a", 1)],
        });
        await network.StartAsync(Ct);
        await network.WhenFullAsync(Ct);
        await using var watch = network.WatchPeersAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        await network.Connections.SetOutboundGroupsAsync([new OutboundGroup("a", 0), new OutboundGroup("b", 1)], Ct);
        Assert.True(await watch.MoveNextAsync());
        var moved = Assert.IsType<PeerMoved>(watch.Current);
        Assert.Equal(("a", "b"), (moved.From, moved.To));
    }

    [Fact]
    public async Task WhenFull_MeansThatAllHaveJoined()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ServerAsync();
        await using var client = new PeerNetwork(OptionsOfClient(server, options => options.OnPeer = async (_, token) => await released.Task.WaitAsync(token)));
        await client.StartAsync(Ct);
        await client.Connections.WhenFullAsync(Ct);
        var seen = CountWhenFullAsync();
        Assert.Empty(client.Peers);
        for (var i = 0; i < 100; i++)
            await client.Connections.GetSnapshotAsync(Ct); // Time to notice that the manager is full.
        released.SetResult();
        Assert.Equal(1, await seen);

        async Task<int> CountWhenFullAsync()
        {
            await client.WhenFullAsync(Ct);
            return client.Peers.Length;
        }
    }

    [Fact]
    public async Task GetPeer_AwaitedInAHandlerWithoutAToken_DoesNotKeepTheNetworkFromStopping()
    {
        var waiting = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ServerAsync();
        PeerNetwork? client = null;
        client = new PeerNetwork(OptionsOfClient(server, options => options.OnPeer = async (_, _) =>
        {
            var never = client!.GetPeerAsync(static _ => false, cancellationToken: CancellationToken.None);
            waiting.SetResult(never);
            await never;
        }));
        await using var owned = client;
        await client.StartAsync(Ct);
        var wait = await waiting.Task.WaitAsync(TestPeers.Patience, Ct);
        await client.StopAsync(Ct);
        await Assert.ThrowsAsync<InvalidOperationException>(() => wait);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.LeaseAsync(cancellationToken: Ct));
        Assert.Empty(await client.WatchPeersAsync(Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task ConnectPeer_GivesThePeer_TheSameToAllWhoAsk()
    {
        await using var server = await ServerAsync();
        await using var client = new PeerNetwork(new() { Chain = ChainParameters.Regtest, TargetOutbound = 0 });
        var before = client.ConnectPeerAsync(server.ListenEndPoints[0], Ct); // Before the start.
        await client.StartAsync(Ct);
        var peers = await Task.WhenAll([before, .. Enumerable.Range(0, 5).Select(_ => client.ConnectPeerAsync(server.ListenEndPoints[0], Ct))]).WaitAsync(TestPeers.Patience, Ct);
        var peer = Assert.Single(peers.Distinct());
        Assert.Same(peer, Assert.Single(client.Peers));
        Assert.Equal(PeerPurpose.OneOff, PeerNetwork.GetPurpose(peer.Connection!));
        Assert.Same(peer, await client.GetPeerAsync(cancellationToken: Ct));
        Assert.Same(peer, await client.ConnectPeerAsync(server.ListenEndPoints[0], Ct));
    }

    [Fact]
    public async Task ConnectPeer_Fails_WithTheCause()
    {
        await using var memory = new MemoryNetwork();
        var refusing = new IPEndPoint(IPAddress.Parse("20.0.0.1"), 8333);
        var silent = new IPEndPoint(IPAddress.Parse("20.0.0.2"), 8333);
        memory.SetBehavior(refusing, HostBehavior.Refusing);
        memory.SetBehavior(silent, HostBehavior.Silent);
        await using var client = new PeerNetwork(new() { Chain = ChainParameters.Regtest, TargetOutbound = 0, Dial = memory.DialAsync });
        await client.StartAsync(Ct);
        Assert.Equal(ConnectFailureCause.Refused, (await Assert.ThrowsAsync<ConnectFailedException>(() => client.ConnectPeerAsync(refusing, Ct))).Cause);

        using var cancel = new CancellationTokenSource();
        var canceled = client.ConnectPeerAsync(silent, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        Assert.Empty((await client.Connections.GetSnapshotAsync(Ct)).Requests);

        client.Connections.Connect(refusing, permanent: true);
        await Eventually.TrueAsync(async () => (await client.Connections.GetSnapshotAsync(Ct)).Requests.Any(static request => request.RetryIn is not null));
        Assert.Equal(ConnectFailureCause.DuplicateAddress, (await Assert.ThrowsAsync<ConnectFailedException>(() => client.ConnectPeerAsync(refusing, Ct))).Cause);

        await client.StopAsync(Ct);
        Assert.Equal(ConnectFailureCause.Stopped, (await Assert.ThrowsAsync<ConnectFailedException>(() => client.ConnectPeerAsync(refusing, Ct))).Cause);
    }

    [Fact]
    public async Task ConnectPeer_CallbackRefusesThePeer_FailsWithItsReason()
    {
        await using var server = await ServerAsync();
        await using var client = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            OnPeer = static (_, _) => throw new FormatException("not this one"),
        });
        await client.StartAsync(Ct);
        var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => client.ConnectPeerAsync(server.ListenEndPoints[0], Ct));
        Assert.Contains("not this one", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_AtRunTime_GetsMessages_BesideTheHandler_AndItsExceptionEndsTheConnection()
    {
        var handled = new Messages();
        await using var server = await ServerAsync(options => (options.OnMessage, options.MessageCommands) = (handled.AddAsync, [Other]));
        await using var client = await ClientAsync(server);
        var first = new Messages();
        var second = new Messages();
        using (server.Subscribe(Some, first.AddAsync))
        {
            using var both = server.Subscribe(Some, second.AddAsync);
            Assert.Single((await client.BroadcastAsync(Some, new byte[] { 1 }, cancellationToken: Ct)).Taken);
            Assert.Equal([1], await first.NextAsync());
            Assert.Equal([1], await second.NextAsync());
        }

        await client.BroadcastAsync(Some, new byte[] { 2 }, cancellationToken: Ct); // Discarded.
        await client.BroadcastAsync(Other, new byte[] { 3 }, cancellationToken: Ct);
        Assert.Equal([3], await handled.NextAsync());
        Assert.False(first.HasMore || second.HasMore || handled.HasMore);

        var peer = Assert.Single(server.Peers);
        using var failing = server.Subscribe(Some, static (_, _, _) => throw new FormatException("mine"));
        await client.BroadcastAsync(Some, new byte[] { 4 }, cancellationToken: Ct);
        Assert.Equal(DisconnectCause.HandlerFailed, (await peer.Closed.WaitAsync(TestPeers.Patience, Ct)).Cause);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnnounceTransaction_IsFetched_ByThosePresentAndLater_WhetherOrNotTheProgramHandlesGetData(bool handles)
    {
        var handled = new Messages();
        var transaction = new byte[] { 1, 2, 3, 4 };
        var txid = Enumerable.Repeat((byte)7, 32).ToArray();
        await using var server = await ServerAsync(options => options.OnMessage = handles ? handled.AddAsync : null);
        await using var present = await FetcherAsync(server, txid);
        using var announcement = server.AnnounceTransaction(txid, txid, _ => new((ReadOnlyMemory<byte>?)transaction));
        Assert.Equal(transaction, await present.Fetched.NextAsync());
        await using var later = await FetcherAsync(server, txid);
        Assert.Equal(transaction, await later.Fetched.NextAsync());
        var fetches = await announcement.WatchFetchesAsync(Ct).Take(2).ToListAsync(Ct);
        Assert.Equal(server.Peers.ToHashSet(), fetches.ToHashSet());
        Assert.Equal(2, announcement.Announced);

        if (handles) // The rest of their getdata is the program's.
            Assert.Equal([1, 2, 0, 0, 0, .. txid], await handled.NextAsync());
    }

    /// <summary>Checks a regression: an announcement whose duration no timer can have was refused, and could never be made again.</summary>
    [Fact]
    public async Task DurationOutOfRange_IsRefused_AndLeavesNothingBehind()
    {
        await using var server = await ServerAsync();
        var txid = new byte[32];
        foreach (var time in (TimeSpan[])[TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.MaxValue])
        {
            Assert.Throws<ArgumentOutOfRangeException>("duration", () => server.AnnounceTransaction(txid, txid, static _ => default, duration: time));
            Assert.Throws<ArgumentOutOfRangeException>("deadline", () => { _ = server.BroadcastAsync(MessageCommand.Inv, default, deadline: time, cancellationToken: Ct); });
        }

        server.AnnounceTransaction(txid, txid, static _ => default).Dispose();
    }

    private static async Task<Fetcher> FetcherAsync(PeerNetwork server, byte[] txid)
    {
        var network = new PeerNetwork(OptionsOfClient(server));
        var fetcher = new Fetcher(network);
        network.Subscribe(MessageCommand.Inv, async (peer, message, token) =>
        {
            Assert.Equal([1, 1, 0, 0, 0, .. txid], message.Payload.ToArray());
            await peer.SendAsync(MessageCommand.GetData, (byte[])[2, 2, 0, 0, 0, .. txid, 1, 0, 0, 0x40, .. txid], token); // A block, and the transaction.
        });
        network.Subscribe(MessageCommand.Tx, fetcher.Fetched.AddAsync);
        await network.StartAsync(Ct);
        await network.WhenFullAsync(Ct);
        return fetcher;
    }

    private static async Task<PeerNetwork> ServerAsync(Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = 0, ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)] };
        configure?.Invoke(options);
        var server = new PeerNetwork(options);
        await server.StartAsync(Ct);
        return server;
    }

    private static PeerNetworkOptions OptionsOfClient(PeerNetwork server, Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = 0, PermanentPeers = [server.ListenEndPoints[0]] };
        configure?.Invoke(options);
        return options;
    }

    private static async Task<PeerNetwork> ClientAsync(PeerNetwork server)
    {
        var client = new PeerNetwork(OptionsOfClient(server));
        await client.StartAsync(Ct);
        await client.WhenFullAsync(Ct);
        await server.GetPeerAsync(cancellationToken: Ct); // The other side sees it, too.
        return client;
    }

    /// <summary>A network that fetches what is announced to it.</summary>
    private sealed class Fetcher(PeerNetwork network) : IAsyncDisposable
    {
        public Messages Fetched { get; } = new();

        public ValueTask DisposeAsync() => network.DisposeAsync();
    }

    /// <summary>The payloads that a handler got.</summary>
    private sealed class Messages
    {
        private readonly System.Threading.Channels.Channel<byte[]> _payloads = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();

        public bool HasMore => _payloads.Reader.TryPeek(out _);

        public ValueTask AddAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken) =>
            _payloads.Writer.WriteAsync(message.Payload.ToArray(), cancellationToken);

        public async Task<byte[]> NextAsync() => await _payloads.Reader.ReadAsync(Ct).AsTask().WaitAsync(TestPeers.Patience, Ct);
    }
}
