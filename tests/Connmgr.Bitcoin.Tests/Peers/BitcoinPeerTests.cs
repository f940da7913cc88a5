using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class BitcoinPeerTests
{
    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _handed = [];

    /// <summary>The time after which a test that would otherwise hang fails.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_Messages_AreHandedOverInOrder()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of("inv", 1, 2)).Feed(Frames.Nonce("ping", 3)).Feed(Frames.Of("getaddr"));
        stream.Feed(Frames.Of("tx", new byte[5000])).End();
        await peer.RunAsync(OnMessageAsync, Ct);
        Assert.Equal(["inv 2", "getaddr 0", "tx 5000"], _handed);
        Assert.Equal(0, _pool.RentedBytes);
        Assert.Equal(Frames.Handshake().Length + 26 + 32 + 24 + 5024, peer.BytesReceived);
    }

    [Fact]
    public async Task RunAsync_Ping_IsAnsweredWithItsNonce()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed([.. Frames.Nonce("ping", 0x0102030405060708), .. Frames.Of("ping", 9, 9, 9, 9, 9, 9, 9, 9, 1, 2)]).End();
        await peer.RunAsync(OnMessageAsync, Ct);
        var pongs = (await SentAsync(stream)).Where(m => m.Command is "pong").Select(m => Convert.ToHexStringLower(m.Payload));
        Assert.Equal("0807060504030201 0909090909090909", string.Join(' ', pongs));
    }

    [Fact]
    public async Task RunAsync_PingsAtOnceAndEachInterval_MeasuringRoundTrips()
    {
        var (peer, stream) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        foreach (var (milliseconds, count) in new[] { (80, 1), (30, 2), (50, 3) })
        {
            var nonce = await PingAsync(peer, stream, count);
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await PongAsync(stream, nonce);
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), peer.LastRoundTrip);
            _time.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(30), peer.ShortestRoundTrip);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_NoPong_EndsAtTheTimeout()
    {
        var (peer, stream) = await ConnectAsync();
        var run = peer.RunAsync(OnMessageAsync, Ct);
        await PingAsync(peer, stream, 1);
        _time.Advance(TimeSpan.FromMinutes(20) - TimeSpan.FromSeconds(1));
        await PongAsync(stream, 12345); // Not ours. Answered pings of the peer do not help it either.
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => run.WaitAsync(Patience, Ct));
        Assert.Equal(ProtocolViolation.PongTimeout, end.Violation);
        Assert.Equal(0, _pool.RentedBytes);
        Assert.Single(await SentAsync(stream), m => m.Command is "ping");
    }

    /// <summary>
    /// Checks that no pong time-out follows and the next ping is sent in time. Bitcoin Core: the peer's program can't answer correctly.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)] // A nonce of zero.
    public async Task RunAsync_APongThatNamesNoPing_CountsAsAnAnswerButMeasuresNothing(int length)
    {
        var (peer, stream) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        await PingAsync(peer, stream, 1);
        stream.Feed(Frames.Of("pong", new byte[length]));
        await stream.Idle;
        _time.Advance(TimeSpan.FromMinutes(3));
        await PingAsync(peer, stream, 2);
        Assert.Null(peer.LastRoundTrip);
        Assert.Empty(_handed);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_APongToAPingOfTheUsers_IsHandedOver()
    {
        var (peer, stream) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        var nonce = await PingAsync(peer, stream, 1);
        await peer.SendAsync(MessageCommand.Ping, BitConverter.GetBytes(nonce + 1), Ct);
        await PongAsync(stream, nonce + 1);
        Assert.Equal(["pong 8"], _handed);
        await PongAsync(stream, nonce);
        Assert.Equal(["pong 8"], _handed);
        Assert.NotNull(peer.LastRoundTrip);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_Idle_HoldsNoBuffer()
    {
        var (peer, stream) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        await PongAsync(stream, await PingAsync(peer, stream, 1));
        stream.Feed(Frames.Of("block", new byte[100_000]));
        await stream.Idle;
        Assert.Equal(["block 100000"], _handed);
        Assert.Equal(0, _pool.RentedBytes);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData("wtxidrelay", ProtocolViolation.UnexpectedHandshakeMessage)]
    [InlineData("sendaddrv2", ProtocolViolation.UnexpectedHandshakeMessage)]
    public async Task RunAsync_MessageOutOfPlace_EndsWithTheReason(string command, ProtocolViolation expected)
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of(command, new byte[7]));
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(() => peer.RunAsync(OnMessageAsync, Ct));
        Assert.Equal(expected, e.Violation);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RunAsync_HandlerThrows_EndsWithItsException()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of("inv"));
        var thrown = new EndOfStreamException("the handler's own");
        var e = await Assert.ThrowsAsync<EndOfStreamException>(() => peer.RunAsync((_, _, _) => throw thrown, Ct));
        Assert.Same(thrown, e);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RunAsync_Canceled_CancelsTheHandlersToken()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of("inv"));
        using var cancel = new CancellationTokenSource();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = peer.RunAsync(
            async (_, _, token) =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            },
            cancel.Token);
        await entered.Task;
        await cancel.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(cancel.Token, e.CancellationToken);
    }

    [Fact]
    public async Task RunAsync_Twice_Throws()
    {
        var (peer, stream) = await ConnectAsync();
        stream.End();
        await peer.RunAsync(OnMessageAsync, Ct);
        await Assert.ThrowsAsync<InvalidOperationException>(() => peer.RunAsync(OnMessageAsync, Ct));
    }

    [Fact]
    public async Task RunAsync_StreamBreaks_ThrowsItsException()
    {
        var (peer, stream) = await ConnectAsync();
        var run = peer.RunAsync(OnMessageAsync, Ct);
        await stream.Idle;
        var failure = new IOException("reset");
        stream.Fail(failure);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run));
    }

    [Fact]
    public async Task SendAsync_FromTheHandler_IsSent()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of("getdata")).End();
        await peer.RunAsync((p, _, token) => p.SendAsync(new("notfound"), new byte[] { 1, 2, 3 }, token), Ct);
        Assert.Contains(await SentAsync(stream), m => m.Command is "notfound" && m.Payload.Length == 3);
        Assert.Equal(stream.Written.Length, peer.BytesSent);
    }

    [Fact]
    public async Task SendAsync_AfterTheEnd_ThrowsWithTheReason()
    {
        var (peer, stream) = await ConnectAsync();
        stream.Feed(Frames.Of("sendaddrv2"));
        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => peer.RunAsync(OnMessageAsync, Ct));
        var e = await Assert.ThrowsAsync<IOException>(() => peer.SendAsync(new("inv"), default, Ct).AsTask());
        Assert.Same(end, e.InnerException);
    }

    [Fact]
    public async Task SendAsync_CanceledWhileThePeerTakesNothing_ReturnsAndTheConnectionEndsAtTheSendTimeout()
    {
        var (peer, stream) = await ConnectAsync(o => o.SendTimeout = TimeSpan.FromSeconds(30));
        var run = peer.RunAsync(OnMessageAsync, Ct);
        await PongAsync(stream, await PingAsync(peer, stream, 1));
        stream.StallWritesAfter(0);
        using var cancel = new CancellationTokenSource();
        var stuck = peer.SendAsync(new("block"), new byte[100_000], cancel.Token).AsTask();
        await stream.Stalled;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck.WaitAsync(Patience, Ct));
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(33));
        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => run.WaitAsync(Patience, Ct));
        Assert.Equal(ProtocolViolation.SendTimeout, end.Violation);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task SendAsync_PeerTakesNothing_EndsAtTheSendTimeout()
    {
        var (peer, stream) = await ConnectAsync(o => o.SendTimeout = TimeSpan.FromSeconds(30));
        stream.StallWritesAfter(0);
        var run = peer.RunAsync(OnMessageAsync, Ct);
        await stream.Stalled; // Its first ping.
        var waiting = peer.SendAsync(new("inv"), default, Ct).AsTask();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3));
        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => run.WaitAsync(Patience, Ct));
        Assert.Equal(ProtocolViolation.SendTimeout, end.Violation);
        Assert.Same(end, (await Assert.ThrowsAsync<IOException>(() => waiting)).InnerException);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task SendAsync_OverTheBacklog_EndsTheConnection()
    {
        var (peer, stream) = await ConnectAsync(o => o.MaxSendBacklog = 1000);
        stream.StallWritesAfter(0);
        var run = peer.RunAsync(OnMessageAsync, Ct);
        await stream.Stalled;
        var waiting = peer.SendAsync(new("tx"), new byte[900], Ct).AsTask();
        var refused = await Assert.ThrowsAsync<IOException>(() => peer.SendAsync(new("tx"), new byte[900], Ct).AsTask());
        var end = await Assert.ThrowsAsync<BitcoinProtocolException>(() => run.WaitAsync(Patience, Ct));
        Assert.Equal(ProtocolViolation.SendBacklog, end.Violation);
        Assert.Same(end, refused.InnerException);
        await Assert.ThrowsAsync<IOException>(() => waiting);
    }

    [Fact]
    public async Task SendAsync_BadArguments_HarmNothing()
    {
        var (peer, stream) = await ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => peer.SendAsync(default, default, Ct).AsTask());
        var tooLong = new byte[FrameHeader.MaxPayloadLength + 1];
        await Assert.ThrowsAsync<ArgumentException>(() => peer.SendAsync(new("x"), tooLong, Ct).AsTask());
        await peer.SendAsync(new("fine"), default, Ct);
        Assert.Contains(await SentAsync(stream), m => m.Command is "fine");
    }

    [Fact]
    public async Task RunAsync_APingStillBeingWrittenAtTheEnd_IsCounted()
    {
        var (begun, release) = (NewSignal(), NewSignal());
        var isHeld = false;
        var stream = new FakeStream { DuringWrite = HoldAsync }.Feed(Frames.Handshake());
        var bitcoin = NewProtocol();
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        isHeld = true;
        var run = peer.RunAsync(OnMessageAsync, Ct); // Pings at once.
        await begun.Task.WaitAsync(Patience, Ct); // A ping whose writing had not begun would not be sent any more.
        stream.End();
        await Eventually.TrueAsync(() => HasEndedAsync(peer));
        release.SetResult();
        await run.WaitAsync(Patience, Ct);
        Assert.Contains(await SentAsync(stream), message => message.Command is "ping");
        Assert.Equal(stream.Written.Length, bitcoin.Traffic.Sent);

        ValueTask HoldAsync()
        {
            if (!isHeld)
                return default;
            begun.TrySetResult();
            return new(release.Task);
        }
    }

    [Fact]
    public async Task ManyPeers_ShareOneTimer_WhichEndsWithTheLast()
    {
        var timers = new TimerCountingTimeProvider();
        var bitcoin = NewProtocol(o => o.TimeProvider = timers);
        using var cancel = new CancellationTokenSource();
        var runs = new List<Task>();
        for (var i = 0; i < 50; i++)
        {
            var peer = await bitcoin.HandshakeAsync(new FakeStream().Feed(Frames.Handshake()), ConnectionDirection.Inbound, null, Ct);
            runs.Add(peer.RunAsync(OnMessageAsync, cancel.Token));
        }

        Assert.Equal((1, 1), (timers.Made, timers.Live));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(runs));
        Assert.Equal((1, 0), (timers.Made, timers.Live));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        _handed.Add($"{message.Command} {message.Payload.Length}");
        return default;
    }

    private BitcoinProtocol NewProtocol(Action<BitcoinPeerOptions>? change = null)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain, BufferPool = _pool, TimeProvider = _time };
        change?.Invoke(options);
        return new(options);
    }

    private async Task<(BitcoinPeer Peer, FakeStream Stream)> ConnectAsync(Action<BitcoinPeerOptions>? change = null)
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        return (await NewProtocol(change).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct), stream);
    }

    private static async Task<List<(string Command, byte[] Payload)>> SentAsync(FakeStream stream) =>
        await Frames.ReadAllAsync(stream.Written);

    /// <summary>Determines whether a peer has ended, by a send that is cancelled before it begins.</summary>
    private static async Task<bool> HasEndedAsync(BitcoinPeer peer)
    {
        try
        {
            await peer.SendAsync(new("tx"), default, new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }

        return false;
    }

    /// <summary>
    /// Waits for our n-th ping, and until its sending is over: its buffer is returned, and the next sweep may ping again.
    /// </summary>
    private static async Task<ulong> PingAsync(BitcoinPeer peer, FakeStream stream, int count)
    {
        while (true)
        {
            var pings = (await SentAsync(stream)).Where(m => m.Command is "ping").ToList();
            if (pings.Count >= count)
            {
                await peer.KeepAlive.Pinging;
                return BitConverter.ToUInt64(pings[count - 1].Payload);
            }

            await Task.Yield();
        }
    }

    /// <summary>Answers a ping, and waits until that is read.</summary>
    private static async Task PongAsync(FakeStream stream, ulong nonce)
    {
        stream.Feed(Frames.Nonce("pong", nonce));
        await stream.Idle;
    }

    private sealed class TimerCountingTimeProvider : TimeProvider
    {
        private int _made;
        private int _live;

        public int Made => _made;

        public int Live => _live;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _made);
            Interlocked.Increment(ref _live);
            return new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class CountedTimer(TimerCountingTimeProvider owner, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                Interlocked.Decrement(ref owner._live);
                timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
