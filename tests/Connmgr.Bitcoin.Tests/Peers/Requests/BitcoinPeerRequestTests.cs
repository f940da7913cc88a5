using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class BitcoinPeerRequestTests
{
    private static readonly MessageCommand[] BlockOrNotFound = [MessageCommand.Block, MessageCommand.NotFound];

    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _handed = [];

    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestAsync_Answer_IsTheNextMessageWithItsCommand()
    {
        var (peer, stream, run) = await RunAsync();
        var asked = peer.RequestAsync(MessageCommand.GetHeaders, new byte[] { 7 }, MessageCommand.Headers, cancellationToken: Ct);
        stream.Feed(Frames.Of("inv", 0)).Feed(Frames.Of("headers", 0)).Feed(Frames.Of("headers", 1, 2));
        var answer = await asked.WaitAsync(Patience, Ct);
        Assert.Equal((MessageCommand.Headers, "00"), (answer.Command, Convert.ToHexStringLower(answer.Payload.Span)));
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(["inv 1", "headers 2"], _handed);
        Assert.Equal((1, 0), (peer.RequestsAnswered, peer.RequestsTimedOut));
        Assert.Contains(await Frames.ReadAllAsync(stream.Written), sent => sent.Command is "getheaders" && sent.Payload is [7]);
    }

    [Fact]
    public async Task RequestAsync_InTheHandler_GetsItsAnswerAndKeepsTheOthers()
    {
        var (_, stream, run) = await RunAsync(handler: async (peer, message, token) =>
        {
            var before = message.Payload.ToArray();
            if (message.Command == MessageCommand.Inv)
            {
                var block = await peer.RequestAsync(
                    MessageCommand.GetData, message.Payload, BlockOrNotFound, answer => answer.Payload.Span[0] == before[0], cancellationToken: token);
                _handed.Add($"{block.Command} {block.Payload.Span[0]}");
            }

            Assert.Equal(before, message.Payload); // Not overwritten by what came meanwhile.
            _handed.Add($"{message.Command} {before[0]}");
        });
        stream.Feed([.. Frames.Of("inv", 1), .. Frames.Of("inv", 2), .. Frames.Of("tx", [9, .. new byte[20_000]]), .. Frames.Nonce("ping", 5)]);
        stream.Feed([.. Frames.Of("notfound", 2), .. Frames.Of("block", [1, .. new byte[100_000]]), .. Frames.Of("block", 2), .. Frames.Of("tx", 8)]).End();
        await run.WaitAsync(Patience, Ct);

        // The first answer to the second comes before it is asked for, so it is an ordinary message.
        Assert.Equal("block 1, inv 1, block 2, inv 2, tx 9, notfound 2, tx 8", string.Join(", ", _handed));
        Assert.Contains("pong", await Frames.CommandsAsync(stream.Written), StringComparer.Ordinal);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RequestAsync_BeforeTheFirstMessage_Works()
    {
        var (peer, stream) = await ConnectAsync();
        var run = peer.BeginAndRunAsync(
            interest: null,
            ask: null,
            async (p, token) =>
            {
                var headers = await p.RequestAsync(MessageCommand.GetHeaders, default, MessageCommand.Headers, cancellationToken: token);
                _handed.Add($"begin {headers.Payload.Length}");
            },
            OnMessageAsync,
            Ct);
        stream.Feed(Frames.Of("inv", 0)).Feed(Frames.Of("headers", 0, 0)).End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(["begin 2", "inv 1"], _handed);
    }

    [Fact]
    public async Task RequestAsync_CommandsThatNobodyReads_AreKeptForIt()
    {
        var (peer, stream, run) = await RunAsync(o => o.MessageCommands = []);
        var asked = peer.RequestAsync(MessageCommand.GetData, default, BlockOrNotFound, static answer => answer.Payload.Span[0] == 2, cancellationToken: Ct);
        stream.Feed(Frames.Of("tx", new byte[9000])).Feed(Frames.Of("block", [1, .. new byte[9000]])).Feed(Frames.Of("block", [2, .. new byte[9000]])).End();
        Assert.Equal(9001, (await asked.WaitAsync(Patience, Ct)).Payload.Length);
        await run.WaitAsync(Patience, Ct);
        Assert.Empty(_handed);
    }

    [Fact]
    public async Task RequestAsync_NoAnswer_TimesOutAndADoubledOneFollows()
    {
        var (peer, stream, run) = await RunAsync();
        foreach (var seconds in (int[])[30, 60])
        {
            var asked = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.False(asked.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var end = await Assert.ThrowsAsync<TimeoutException>(() => asked.WaitAsync(Patience, TimeProvider.System, Ct));
            Assert.Equal($"The peer did not answer 'getdata' within {seconds} s.", end.Message);
        }

        Assert.Equal((0, 2), (peer.RequestsAnswered, peer.RequestsTimedOut));
        stream.Feed(Frames.Of("block", 1)).End(); // Too late: an ordinary message.
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(["block 1"], _handed);
    }

    [Fact]
    public async Task RequestAsync_BehindOthers_WaitsForAllOfThem()
    {
        var (peer, _, run) = await RunAsync();
        var first = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        var second = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => first.WaitAsync(Patience, TimeProvider.System, Ct));
        Assert.False(second.IsCompleted);
        peer.Close();
        await Assert.ThrowsAsync<IOException>(() => second.WaitAsync(Patience, TimeProvider.System, Ct));
        await run.WaitAsync(Patience, TimeProvider.System, Ct);
    }

    [Fact]
    public async Task RequestAsync_TheConnectionEnds_ThrowsWithTheReason()
    {
        var (peer, stream, run) = await RunAsync();
        var asked = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        var failure = new IOException("reset");
        stream.Fail(failure);
        Assert.Same(failure, (await Assert.ThrowsAsync<IOException>(() => asked.WaitAsync(Patience, Ct))).InnerException);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run));
        Assert.Same(failure, (await Assert.ThrowsAsync<IOException>(
            () => peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct))).InnerException);
    }

    /// <summary>The peer answers and breaks the connection before the stream reports that it took the request.</summary>
    [Fact]
    public async Task RequestAsync_AnsweredBeforeTheSendFails_GetsItsAnswer()
    {
        var (peer, stream, run) = await RunAsync();
        stream.StallWritesAfter(0);
        var asked = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        await stream.Stalled;
        stream.Feed(Frames.Of("block", 1)).End();
        Assert.Equal(1, (await asked.WaitAsync(Patience, Ct)).Payload.Length);
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(1, peer.RequestsAnswered);
    }

    [Fact]
    public async Task RequestAsync_Canceled_LeavesItsAnswerToTheNext()
    {
        var (peer, stream, run) = await RunAsync();
        using var cancel = new CancellationTokenSource();
        var first = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: cancel.Token);
        var second = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        await cancel.CancelAsync();
        Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first)).CancellationToken);
        stream.Feed(Frames.Of("block", 1)).End();
        await second.WaitAsync(Patience, Ct);
        await run.WaitAsync(Patience, Ct);
        Assert.Empty(_handed);
    }

    [Fact]
    public async Task RequestAsync_ThePredicateThrows_EndsThatRequestAlone()
    {
        var (peer, stream, run) = await RunAsync();
        var thrown = new InvalidOperationException("mine");
        var first = peer.RequestAsync(MessageCommand.GetData, default, BlockOrNotFound, _ => throw thrown, cancellationToken: Ct);
        var second = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        stream.Feed(Frames.Of("block", 1)).End();
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidOperationException>(() => first.WaitAsync(Patience, Ct)));
        await second.WaitAsync(Patience, Ct);
        await run.WaitAsync(Patience, Ct);
    }

    [Fact]
    public async Task RequestAsync_BadArguments_Throw()
    {
        var (peer, _) = await ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => peer.RequestAsync(MessageCommand.GetData, default, [], static _ => true, cancellationToken: Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => peer.RequestAsync(MessageCommand.GetData, default, default(MessageCommand), cancellationToken: Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => peer.RequestAsync(default, default, MessageCommand.Block, cancellationToken: Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, TimeSpan.Zero, Ct));
    }

    /// <summary>
    /// Holds two of three large messages and cannot read the answer behind them, so the request times out. All is then handled in order.
    /// </summary>
    [Fact]
    public async Task RequestAsync_MoreArrivesThanMayWait_TimesOutAndLosesNothing()
    {
        var (_, stream, run) = await RunAsync(handler: async (peer, message, token) =>
        {
            if (message.Command == MessageCommand.Inv)
                await Assert.ThrowsAsync<TimeoutException>(() => peer.RequestAsync(MessageCommand.GetHeaders, default, MessageCommand.Headers, cancellationToken: token));
            _handed.Add($"{message.Command} {message.Payload.Length}");
        });
        stream.Feed(Frames.Of("inv", 1));
        foreach (var size in (int[])[3_900_000, 3_900_001, 3_900_002])
            stream.Feed(Frames.Of("block", new byte[size]));
        stream.Feed(Frames.Of("headers", 0)).End();
        await Eventually.TrueAsync(() => _pool.RentedBytes > 3 * 3_900_000);
        _time.Advance(TimeSpan.FromSeconds(30));
        await run.WaitAsync(Patience, TimeProvider.System, Ct);
        Assert.Equal(["inv 1", "block 3900000", "block 3900001", "block 3900002", "headers 1"], _handed);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RequestManyAsync_Answers_ComeInOrderUntilTheLast()
    {
        var (peer, stream, run) = await RunAsync();
        var sizes = new List<int>();
        var taking = Task.Run(
            async () =>
            {
                await foreach (var filter in peer.RequestManyAsync(
                    MessageCommand.GetCFilters, default, [MessageCommand.CFilter], isAnswer: null, static filter => filter.Payload.Span[0] == 1, cancellationToken: Ct))
                {
                    sizes.Add(filter.Payload.Length);
                }
            },
            Ct);
        await Eventually.TrueAsync(async () => (await Frames.CommandsAsync(stream.Written)).Contains("getcfilters", StringComparer.Ordinal));
        for (var i = 0; i < 10; i++)
            stream.Feed(Frames.Of("cfilter", [(byte)(i == 9 ? 1 : 0), .. new byte[i * 1000]]));
        stream.Feed(Frames.Of("cfilter", 0));
        await taking.WaitAsync(Patience, Ct);
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => 1 + (i * 1000)), sizes);
        Assert.Equal(["cfilter 1"], _handed);
        Assert.Equal(1, peer.RequestsAnswered);
    }

    /// <summary>Reads no more than may wait while nobody takes the answers, and goes on when somebody does.</summary>
    [Fact]
    public async Task RequestManyAsync_AnswersNotTaken_AreBounded()
    {
        var (peer, stream, run) = await RunAsync();
        await using var answers = peer.RequestManyAsync(
            MessageCommand.GetData, default, [MessageCommand.Block], isAnswer: null, static block => block.Payload.Span[0] == 1, cancellationToken: Ct).GetAsyncEnumerator(Ct);
        var first = answers.MoveNextAsync();
        for (var i = 0; i < 8; i++)
            stream.Feed(Frames.Of("block", [(byte)(i == 7 ? 1 : 0), .. new byte[3_000_000]]));
        stream.End();
        Assert.True(await first);
        var count = 1;
        await Eventually.TrueAsync(() => peer.BytesReceived > 3 * 3_000_000);
        Assert.InRange(peer.BytesReceived, 3 * 3_000_000, 5 * 3_000_100); // Taken, two that wait, and one in the reader's buffer.
        while (await answers.MoveNextAsync())
            count++;
        Assert.Equal(8, count);
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(0, _pool.RentedBytes);
    }

    /// <summary>Checks a regression: with a small budget an answer never reached its reader, since the buffer in which it arrived left no room for it.</summary>
    [Fact]
    public async Task RequestManyAsync_LongAnswersAndTheLeastBudget_ArriveOneAfterTheOther()
    {
        var (peer, stream, run) = await RunAsync(static options => options.ReceiveBudget = BitcoinPeerOptions.MinReceiveBudget);
        await using var answers = peer.RequestManyAsync(
            MessageCommand.GetData, default, [MessageCommand.Block], isAnswer: null, static block => block.Payload.Span[0] == 3, cancellationToken: Ct).GetAsyncEnumerator(Ct);
        var next = answers.MoveNextAsync().AsTask();
        for (byte i = 0; i < 4; i++)
            stream.Feed(Frames.Of("block", [i, .. new byte[3_900_000 + i]]));
        var sizes = new List<int>();
        for (; await next.WaitAsync(Patience, Ct); next = answers.MoveNextAsync().AsTask())
            sizes.Add(answers.Current.Payload.Length);
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal([3_900_001, 3_900_002, 3_900_003, 3_900_004], sizes);
        Assert.Equal(0, _pool.RentedBytes);
    }

    /// <summary>A stream has claimed a message for which there is no room, and stops: the next request that it matches gets it.</summary>
    [Fact]
    public async Task RequestManyAsync_StoppedWithAnAnswerThatWaits_LeavesItToTheNext()
    {
        var (peer, stream, run) = await RunAsync();
        var stopping = peer.RequestManyAsync(
            MessageCommand.GetData, default, [MessageCommand.Block], isAnswer: null, static _ => false, cancellationToken: Ct).GetAsyncEnumerator(Ct);
        var first = stopping.MoveNextAsync();
        var next = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        for (byte i = 0; i < 4; i++)
            stream.Feed(Frames.Of("block", [i, .. new byte[3_000_000]]));
        Assert.True(await first);
        await Eventually.TrueAsync(() => peer.BytesReceived > 4 * 3_000_000); // The last one is in the reader's buffer.
        await stopping.DisposeAsync();
        Assert.Equal(3, (await next.WaitAsync(Patience, Ct)).Payload.Span[0]);
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Empty(_handed);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RequestManyAsync_CanceledWhileTheNextAnswerIsThere_EndsBeforeIt()
    {
        var (peer, stream, run) = await RunAsync();
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var answers = peer.RequestManyAsync(
            MessageCommand.GetData, default, [MessageCommand.Block], isAnswer: null, static block => block.Payload.Span[0] == 9, cancellationToken: canceled.Token).GetAsyncEnumerator(Ct);
        var first = answers.MoveNextAsync();
        for (byte i = 0; i < 10; i++)
            stream.Feed(Frames.Of("block", i));
        Assert.True(await first);
        await Eventually.TrueAsync(() => peer.RequestsAnswered == 1); // All are there.
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answers.MoveNextAsync());
        await answers.DisposeAsync();
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task PingAsync_MoreThanMayBeUnderWay_FailsUntilOneIsAnswered()
    {
        var (peer, stream, run) = await RunAsync();
        var own = await NonceAsync(stream, 1); // The library's own does not count.
        var pings = Enumerable.Range(0, PeerRequests.MostPings).Select(_ => peer.PingAsync(Ct)).ToList();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.PingAsync(Ct).WaitAsync(Patience, Ct));
        Assert.Equal("64 pings of this peer are under way: wait for one of them before the next.", error.Message);
        var request = peer.RequestAsync(MessageCommand.GetHeaders, default, MessageCommand.Headers, cancellationToken: Ct); // Requests have no such limit.
        var nonce = await NonceAsync(stream, 2);
        Assert.NotEqual(own, nonce);
        stream.Feed(Frames.Nonce("pong", nonce));
        await (await Task.WhenAny(pings).WaitAsync(Patience, Ct));
        var next = peer.PingAsync(Ct);
        stream.End();
        foreach (var left in pings.Where(static ping => !ping.IsCompletedSuccessfully).Append(next).Append<Task>(request))
            await Assert.ThrowsAsync<IOException>(() => left.WaitAsync(Patience, Ct));
        await run.WaitAsync(Patience, Ct);
    }

    [Fact]
    public async Task PingAsync_Pong_CompletesItAfterTheMessagesBefore()
    {
        var (entered, release) = (NewSignal(), NewSignal());
        var (peer, stream, run) = await RunAsync(handler: async (_, message, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            _handed.Add($"{message.Command} {message.Payload.Length}");
        });
        stream.Feed(Frames.Of("tx", 1));
        await entered.Task.WaitAsync(Patience, Ct);
        var ping = peer.PingAsync(Ct);
        var nonce = await NonceAsync(stream, 2);
        stream.Feed(Frames.Of("inv", 1, 2)).Feed(Frames.Nonce("pong", nonce)).Feed(Frames.Of("tx", 1, 2, 3));
        await stream.Idle;
        Assert.False(ping.IsCompleted);
        _ = ping.ContinueWith(_ => _handed.Add("pong"), Ct, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var unanswered = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Ct);
        stream.End();
        await Assert.ThrowsAsync<IOException>(() => unanswered.WaitAsync(Patience, Ct)); // The end ends what waits for it, but not the ping.
        release.SetResult();
        await run.WaitAsync(Patience, Ct);
        await ping.WaitAsync(Patience, Ct);
        Assert.Equal("tx 1, inv 2", string.Join(", ", _handed.Where(static each => each is not "pong").Take(2)));
        Assert.Equal(0, peer.RequestsAnswered);
    }

    [Fact]
    public async Task PingAsync_InTheHandler_CompletesWithThePong()
    {
        var (_, stream, run) = await RunAsync(handler: async (peer, message, token) =>
        {
            if (message.Command == MessageCommand.Inv)
                _handed.Add((await peer.PingAsync(token)).TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
            _handed.Add(message.Command.ToString());
        });
        stream.Feed(Frames.Of("inv", 1));
        var nonce = await NonceAsync(stream, 2);
        _time.Advance(TimeSpan.FromSeconds(2));
        stream.Feed(Frames.Of("tx", 1)).Feed(Frames.Nonce("pong", nonce)).End();
        await run.WaitAsync(Patience, TimeProvider.System, Ct);
        Assert.Equal(["2", "inv", "tx"], _handed);
    }

    [Fact]
    public async Task PingAsync_NoPong_TimesOut()
    {
        var (peer, _, run) = await RunAsync(o => o.PongTimeout = TimeSpan.FromDays(1));
        var ping = peer.PingAsync(Ct);
        peer.Close();
        await Assert.ThrowsAsync<IOException>(() => ping.WaitAsync(Patience, Ct));
        await run.WaitAsync(Patience, Ct);
        await Assert.ThrowsAsync<IOException>(() => peer.PingAsync(Ct));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for the n-th ping that the peer was sent.</summary>
    private static async Task<ulong> NonceAsync(FakeStream stream, int count)
    {
        List<byte[]> pings = [];
        await Eventually.TrueAsync(async () =>
        {
            pings = [.. (await Frames.ReadAllAsync(stream.Written)).Where(static sent => sent.Command is "ping").Select(static sent => sent.Payload)];
            return pings.Count >= count;
        });
        return BitConverter.ToUInt64(pings[count - 1]);
    }

    private ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        _handed.Add($"{message.Command} {message.Payload.Length}");
        return default;
    }

    /// <summary>Starts a peer, and waits until its first ping is sent, so that the next message is sent at once.</summary>
    private async Task<(BitcoinPeer Peer, FakeStream Stream, Task Run)> RunAsync(
        Action<BitcoinPeerOptions>? change = null, Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? handler = null)
    {
        var (peer, stream) = await ConnectAsync(change);
        var run = peer.RunAsync(handler ?? OnMessageAsync, Ct);
        await peer.KeepAlive.Pinging;
        return (peer, stream, run);
    }

    private async Task<(BitcoinPeer Peer, FakeStream Stream)> ConnectAsync(Action<BitcoinPeerOptions>? change = null)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain, BufferPool = _pool, TimeProvider = _time };
        change?.Invoke(options);
        var stream = new FakeStream().Feed(Frames.Handshake());
        return (await new BitcoinProtocol(options).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct), stream);
    }
}
