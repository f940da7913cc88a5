using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class ReceiveBudgetTests
{
    private const int Longest = FrameHeader.MaxPayloadLength;

    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();

    /// <summary>The time after which a test that would otherwise hang fails.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_InboundPeersHoldMessages_OneAfterTheOtherIsClosedAndOthersAreServed()
    {
        var bitcoin = NewProtocol();
        var held = new List<(Task Run, FakeStream Stream)> { await HoldAllAsync(bitcoin) };
        for (var i = 1; i < 10; i++)
        {
            held.Add(await ConnectAsync(bitcoin, ConnectionDirection.Inbound, static _ => { }));
            held[i].Stream.Feed(AllButTheLastByte());
            await UntilAsync(() => bitcoin.Budget.Waiting == i);
        }

        Assert.InRange(_pool.RentedBytes, Longest, bitcoin.Budget.Bytes);
        var got = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var honest = await ConnectAsync(bitcoin, ConnectionDirection.Inbound, got.SetResult);
        honest.Stream.Feed(Frames.Of("headers", [100, .. new byte[8100]]));
        await UntilAsync(() => bitcoin.Budget.Waiting == held.Count);
        _time.Advance(ReceiveBudget.OpenTimeout + ReceiveBudget.Period);
        Assert.Equal(8101, await got.Task.WaitAsync(Patience, Ct));
        Assert.InRange(bitcoin.Budget.Closed, 1, 2);

        foreach (var (run, _) in held)
        {
            await UntilAsync(() =>
            {
                if (!run.IsCompleted)
                    _time.Advance(ReceiveBudget.Period);
                return held.Count(each => each.Run.IsCompleted) == 9 || run.IsCompleted;
            });
        }

        var ended = held.Where(each => each.Run.IsCompleted).ToList();
        foreach (var (run, _) in ended)
            Assert.Equal(ProtocolViolation.ReceiveBudget, (await Assert.ThrowsAsync<BitcoinProtocolException>(() => run)).Violation);

        // The last one neither waits nor makes others wait.
        Assert.Equal(9, ended.Count);
        Assert.False(honest.Run.IsCompleted);
    }

    [Fact]
    public async Task RunAsync_InboundHalfIsUsedUp_OutboundAndPermittedPeersAreRead()
    {
        var bitcoin = NewProtocol();
        await HoldAllAsync(bitcoin);
        var got = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var outbound = await ConnectAsync(bitcoin, ConnectionDirection.Outbound, got.SetResult);
        outbound.Stream.Feed(Frames.Of("block", new byte[Longest]));
        Assert.Equal(Longest, await got.Task.WaitAsync(Patience, Ct));
        Assert.Equal(0, bitcoin.Budget.Closed);
    }

    [Fact]
    public async Task RunAsync_EndsWhileItWaits_LeavesNothingBehind()
    {
        var bitcoin = NewProtocol();
        var first = await HoldAllAsync(bitcoin);
        using var cancel = new CancellationTokenSource();
        var second = await ConnectAsync(bitcoin, ConnectionDirection.Inbound, static _ => { }, cancellationToken: cancel.Token);
        second.Stream.Feed(AllButTheLastByte());
        await UntilAsync(() => bitcoin.Budget.Waiting == 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Run);
        Assert.Equal(0, bitcoin.Budget.Waiting);
        first.Stream.Fail(new IOException("reset"));
        await Assert.ThrowsAsync<IOException>(() => first.Run);
        Assert.Equal((0L, 0L), bitcoin.Budget.Used);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task RunAsync_MessageOfTheGreatestSize_FitsTheLeastBudget()
    {
        var bitcoin = NewProtocol();
        foreach (var direction in new[] { ConnectionDirection.Inbound, ConnectionDirection.Outbound })
        {
            var got = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            var (_, stream) = await ConnectAsync(bitcoin, direction, got.SetResult);
            stream.Feed(Frames.Of("block", new byte[Longest]));
            Assert.Equal(Longest, await got.Task.WaitAsync(Patience, Ct));
        }
    }

    /// <summary>Checks that a peer is not blamed for a pong behind bytes that were not read.</summary>
    [Fact]
    public async Task RunAsync_WaitsForLongerThanThePongTimeout_GoesOn()
    {
        var bitcoin = NewProtocol();
        var handling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = await ConnectAsync(bitcoin, ConnectionDirection.Outbound, static _ => { }, handle: HandleAsync);
        first.Stream.Feed(Frames.Of("block", new byte[Longest]));
        await handling.Task.WaitAsync(Patience, Ct); // From here on it is us who hold the bytes: the peer is not to blame.
        var got = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = await ConnectAsync(bitcoin, ConnectionDirection.Outbound, got.SetResult);
        second.Stream.Feed(Frames.Of("block", new byte[Longest]));
        await UntilAsync(() => bitcoin.Budget.Waiting == 1);
        _time.Advance(TimeSpan.FromMinutes(50));
        release.SetResult();
        Assert.Equal(Longest, await got.Task.WaitAsync(Patience, Ct));
        Assert.False(second.Run.IsCompleted);
        Assert.Equal(0, bitcoin.Budget.Closed);

        Task HandleAsync()
        {
            handling.SetResult();
            return release.Task;
        }
    }

    /// <summary>Checks a regression: a message that waited for room, before the answer that its handler waits for, was never tried again.</summary>
    [Fact]
    public async Task RunAsync_AHeldMessageFindsNoRoom_GoesOnWhenThereIsSome()
    {
        var bitcoin = NewProtocol(4 * ReceiveBudget.LongestBuffer);
        var handling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = await ConnectAsync(bitcoin, ConnectionDirection.Outbound, static _ => { }, handle: HandleAsync);
        first.Stream.Feed(Frames.Of("block", new byte[Longest]));
        await handling.Task.WaitAsync(Patience, Ct); // All but the spare is held from here on.

        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        List<string> handled = [];
        var run = peer.RunAsync(
            async (peer, message, token) =>
            {
                var name = $"{message.Command} {message.Payload.Length}";
                if (message.Command == MessageCommand.Inv)
                    await peer.RequestAsync(MessageCommand.GetHeaders, default, MessageCommand.Headers, cancellationToken: token);
                handled.Add(name);
            },
            Ct);
        stream.Feed([.. Frames.Of("inv", 0), .. Frames.Of("tx", new byte[100_000])]);
        await UntilAsync(() => bitcoin.Budget.Refused == 1);
        release.SetResult();
        stream.Feed(Frames.Of("headers", 0)).End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(["inv 1", "tx 100000"], handled);
        Assert.Equal(0, bitcoin.Budget.Refused);

        Task HandleAsync()
        {
            handling.SetResult();
            return release.Task;
        }
    }

    [Fact]
    public void DefaultReceiveBudget_IsWithinItsBounds() =>
        Assert.InRange(BitcoinPeerOptions.DefaultReceiveBudget(chain: null), BitcoinPeerOptions.MinReceiveBudget, BitcoinPeerOptions.DefaultMaxReceiveBudget);

    private BitcoinProtocol NewProtocol(int budget = BitcoinPeerOptions.MinReceiveBudget) => new(new()
    {
        Chain = Frames.Chain,
        BufferPool = _pool,
        TimeProvider = _time,
        ReceiveBudget = budget,
        PongTimeout = TimeSpan.FromMinutes(40),
    });

    private static byte[] AllButTheLastByte() => Frames.Of("junk", new byte[Longest])[..^1];

    /// <summary>Fills as much of the inbound half as one inbound peer may have, and sends no more.</summary>
    private static async Task<(Task Run, FakeStream Stream)> HoldAllAsync(BitcoinProtocol bitcoin)
    {
        var peer = await ConnectAsync(bitcoin, ConnectionDirection.Inbound, static _ => { });
        peer.Stream.Feed(AllButTheLastByte());
        await UntilAsync(() => bitcoin.Budget.Used.Open == ReceiveBudget.LongestBuffer);
        return peer;
    }

    private static async Task<(Task Run, FakeStream Stream)> ConnectAsync(
        BitcoinProtocol bitcoin, ConnectionDirection direction, Action<int> onMessage, Func<Task>? handle = null, CancellationToken cancellationToken = default)
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await bitcoin.HandshakeAsync(stream, direction, null, Ct);
        var run = peer.RunAsync(
            async (_, message, _) =>
            {
                if (handle is not null)
                    await handle();
                onMessage(message.Payload.Length);
            },
            cancellationToken);
        return (run, stream);
    }

    private static Task UntilAsync(Func<bool> isSo) => Eventually.TrueAsync(isSo);
}
