using System.Net.Sockets;

namespace Connmgr.Testing.Tests;

public sealed class MemoryNetworkStreamTests
{
    private static readonly byte[] s_data = [1, 2, 3, 4, 5];

    [Fact]
    public async Task ReadAsync_DataIsThere_CompletesAtOnceWithWhatFits()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        await a.WriteAsync(s_data, Token);
        var buffer = new byte[3];

        Assert.Equal(3, await Expect.NowAsync(b.ReadAsync(buffer, Token).AsTask()));
        Assert.Equal([1, 2, 3], buffer);
        Assert.Equal(2, await b.ReadAsync(buffer, Token));
        Assert.Equal([4, 5], buffer[..2]);
    }

    [Fact]
    public async Task WriteAsync_ReaderWaits_CompletesItInline()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var buffer = new byte[10];
        var thread = 0;
        var read = ReadAndNoteThreadAsync();

        await a.WriteAsync(s_data, Token);

        Assert.True(read.IsCompleted);
        Assert.Equal(5, await read);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.Equal(s_data, buffer[..5]);

        async Task<int> ReadAndNoteThreadAsync()
        {
            var count = await b.ReadAsync(buffer, Token).ConfigureAwait(false);
            thread = Environment.CurrentManagedThreadId;
            return count;
        }
    }

    [Fact]
    public async Task WriteAsync_ContinuationsOnThePool_DoesNotRunTheReaderInline()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(runContinuationsInline: false);
        using var held = new SemaphoreSlim(0);
        var read = ReadThenWaitAsync();

        await a.WriteAsync(s_data, Token);

        // Had the reader run inline, it would have gone through the semaphore only once it is released here.
        held.Release();
        await read;

        async Task ReadThenWaitAsync()
        {
            await b.ReadAsync(new byte[10], Token).ConfigureAwait(false);
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
            await held.WaitAsync(Token);
        }
    }

    [Fact]
    public async Task WriteAsync_ThreadHasASynchronizationContext_StillContinuesTasksInline()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var outer = OuterAsync();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new ForbiddingContext());
        bool done;
        try
        {
            _ = a.WriteAsync(s_data, Token).AsTask();
            done = outer.IsCompleted;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        Assert.True(done);
        await outer;

        async Task OuterAsync() => await InnerAsync().ConfigureAwait(false);

        async Task InnerAsync() => await b.ReadAsync(new byte[10], Token).ConfigureAwait(false);
    }

    [Fact]
    public async Task ReadAsync_ZeroBytes_WaitsForDataAndLeavesIt()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var wait = b.ReadAsync(Memory<byte>.Empty, Token).AsTask();
        Assert.False(wait.IsCompleted);

        await a.WriteAsync(s_data, Token);

        Assert.Equal(0, await Expect.NowAsync(wait));
        Assert.Equal(0, await Expect.NowAsync(b.ReadAsync(Memory<byte>.Empty, Token).AsTask()));
        Assert.Equal(5, await b.ReadAsync(new byte[10], Token));
    }

    [Fact]
    public async Task WriteAsync_ZeroBytes_TellsNobody()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var read = b.ReadAsync(new byte[10], Token).AsTask();

        await Expect.NowAsync(a.WriteAsync(ReadOnlyMemory<byte>.Empty, Token).AsTask());

        Assert.False(read.IsCompleted);
    }

    [Fact]
    public async Task Dispose_DataUnderWay_PeerReadsItAndThenTheEnd()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        await a.WriteAsync(s_data, Token);

        await a.DisposeAsync();

        Assert.Equal(5, await Expect.NowAsync(b.ReadAsync(new byte[10], Token).AsTask()));
        Assert.Equal(0, await Expect.NowAsync(b.ReadAsync(new byte[10], Token).AsTask()));
        Assert.Equal(0, await Expect.NowAsync(b.ReadAsync(new byte[10], Token).AsTask()));
    }

    [Fact]
    public async Task Dispose_PeerReads_ItReadsTheEnd()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var read = b.ReadAsync(new byte[10], Token).AsTask();

        await a.DisposeAsync();

        Assert.Equal(0, await Expect.NowAsync(read));
    }

    [Fact]
    public async Task Dispose_PeerWrites_ItsWritesFail()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 4);
        var waiting = b.WriteAsync(s_data, Token).AsTask();
        Assert.False(waiting.IsCompleted);

        await a.DisposeAsync();

        await Expect.ResetAsync(waiting);
        await Expect.ResetAsync(b.WriteAsync(s_data, Token).AsTask());
    }

    [Fact]
    public async Task Dispose_OwnOperationsUnderWay_FailAndLaterOnesSayDisposed()
    {
        var (a, _) = MemoryNetworkStream.CreatePair(capacity: 4);
        var read = a.ReadAsync(new byte[10], Token).AsTask();
        var write = a.WriteAsync(s_data, Token).AsTask();

        await a.DisposeAsync();

        await Expect.SocketErrorAsync(SocketError.OperationAborted, read);
        await Expect.SocketErrorAsync(SocketError.OperationAborted, write);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.ReadAsync(new byte[1], Token).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.WriteAsync(s_data, Token).AsTask());
        Assert.False(a.CanRead);
        Assert.False(a.CanWrite);
    }

    [Fact]
    public async Task Dispose_BothEnds_IsHarmlessAgain()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        await a.DisposeAsync();
        await b.DisposeAsync();
        await a.DisposeAsync();
        b.Reset();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => b.ReadAsync(new byte[1], Token).AsTask());
    }

    [Fact]
    public async Task Reset_OperationsUnderWay_FailAtBothEnds()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 4);
        var write = a.WriteAsync(s_data, Token).AsTask();
        var read = a.ReadAsync(new byte[10], Token).AsTask();

        b.Reset();

        await Expect.ResetAsync(write);
        await Expect.ResetAsync(read);
        await Expect.ResetAsync(a.WriteAsync(s_data, Token).AsTask());
        await Expect.ResetAsync(b.WriteAsync(s_data, Token).AsTask());
    }

    [Fact]
    public async Task Reset_DataUnderWay_IsReadBeforeTheError()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        await a.WriteAsync(s_data, Token);

        a.Reset();

        Assert.Equal(5, await Expect.NowAsync(b.ReadAsync(new byte[10], Token).AsTask()));
        await Expect.ResetAsync(b.ReadAsync(new byte[10], Token).AsTask());
        await Expect.ResetAsync(b.ReadAsync(new byte[10], Token).AsTask());
    }

    [Fact]
    public async Task WriteAsync_CapacityUsedUp_WaitsUntilAllIsTaken()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 4);
        var data = Enumerable.Range(0, 11).Select(i => (byte)i).ToArray();
        var write = a.WriteAsync(data, Token).AsTask();
        var buffer = new byte[11];

        Assert.Equal(4, await Expect.NowAsync(b.ReadAsync(buffer, Token).AsTask()));
        Assert.False(write.IsCompleted);
        Assert.Equal(2, await Expect.NowAsync(b.ReadAsync(buffer.AsMemory(4, 2), Token).AsTask()));
        Assert.False(write.IsCompleted);
        Assert.Equal(4, await Expect.NowAsync(b.ReadAsync(buffer.AsMemory(6), Token).AsTask()));
        await Expect.NowAsync(write);
        Assert.Equal(1, await Expect.NowAsync(b.ReadAsync(buffer.AsMemory(10), Token).AsTask()));
        Assert.Equal(data, buffer);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_LeavesTheStreamUsable()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        using var cancel = new CancellationTokenSource();
        var read = b.ReadAsync(new byte[10], cancel.Token).AsTask();

        cancel.Cancel();

        Assert.True(read.IsCompleted);
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(cancel.Token, exception.CancellationToken);
        await a.WriteAsync(s_data, Token);
        Assert.Equal(5, await Expect.NowAsync(b.ReadAsync(new byte[10], Token).AsTask()));
    }

    [Fact]
    public async Task ReadAsync_TokenOfAnEarlierReadCancelled_LeavesThePresentOneAlone()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        using var cancel = new CancellationTokenSource();
        var earlier = b.ReadAsync(new byte[10], cancel.Token).AsTask();
        await a.WriteAsync(s_data, Token);
        await earlier;
        var present = b.ReadAsync(new byte[10], Token).AsTask();

        cancel.Cancel();

        Assert.False(present.IsCompleted);
        await a.WriteAsync(s_data, Token);
        Assert.Equal(5, await Expect.NowAsync(present));
    }

    [Fact]
    public async Task WriteAsync_Cancelled_LeavesWhatWasSent()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 4);
        using var cancel = new CancellationTokenSource();
        var write = a.WriteAsync(s_data, cancel.Token).AsTask();

        cancel.Cancel();

        Assert.True(write.IsCompleted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        var buffer = new byte[10];
        Assert.Equal(4, await b.ReadAsync(buffer, Token));
        await a.WriteAsync(new byte[] { 9 }, Token);
        Assert.Equal(1, await b.ReadAsync(buffer, Token));
        Assert.Equal(9, buffer[0]);
    }

    [Fact]
    public async Task Operations_TokenCancelledBefore_DoNothing()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        Assert.True(a.WriteAsync(s_data, cancel.Token).AsTask().IsCanceled);
        Assert.True(b.ReadAsync(new byte[1], cancel.Token).AsTask().IsCanceled);
        Assert.False(b.ReadAsync(new byte[1], Token).AsTask().IsCompleted);
        await a.DisposeAsync();
    }

    [Fact]
    public async Task Operations_SecondOfAKind_FailsAndLeavesTheFirstAlone()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 4);
        var buffer = new byte[10];
        var read = b.ReadAsync(buffer, Token).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => b.ReadAsync(new byte[1], Token).AsTask());
        await a.WriteAsync(s_data, Token);
        Assert.Equal(5, await read);

        var write = a.WriteAsync(s_data, Token).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => a.WriteAsync(s_data, Token).AsTask());
        Assert.Equal(4, await b.ReadAsync(buffer, Token));
        await Expect.NowAsync(write);
    }

    [Fact]
    public void SynchronousCalls_SayWhatToUseInstead()
    {
        var (a, _) = MemoryNetworkStream.CreatePair();

        Assert.Contains("ReadAsync", Assert.Throws<NotSupportedException>(() => a.ReadByte()).Message, StringComparison.Ordinal);
        Assert.Contains("WriteAsync", Assert.Throws<NotSupportedException>(() => a.WriteByte(1)).Message, StringComparison.Ordinal);
        a.Flush();
        Assert.True(a.FlushAsync(Token).IsCompletedSuccessfully);
        Assert.False(a.CanSeek);
    }

    [Fact]
    public async Task ReadAsync_ByteArrayOverloads_WorkAlike()
    {
        var (a, b) = MemoryNetworkStream.CreatePair();
        var buffer = new byte[10];
#pragma warning disable CA1835 // These overloads are what is tested.
        await a.WriteAsync(s_data, 1, 3, Token);

        Assert.Equal(3, await b.ReadAsync(buffer, 2, 5, Token));
#pragma warning restore CA1835

        Assert.Equal([0, 0, 2, 3, 4, 0], buffer[..6]);
    }

    [Fact]
    public async Task WriteAsync_ChainOfThousandsOfStreams_DoesNotExhaustTheStack()
    {
        const int Length = 20_000;
        var pairs = Enumerable.Range(0, Length).Select(_ => MemoryNetworkStream.CreatePair()).ToArray();
        var relays = new Task[Length - 1];
        for (var i = 0; i < relays.Length; i++) relays[i] = RelayAsync(pairs[i].Second, pairs[i + 1].First);
        var last = pairs[^1].Second.ReadAsync(new byte[10], Token).AsTask();

        await pairs[0].First.WriteAsync(s_data, Token);

        Assert.Equal(5, await Expect.NowAsync(last));
        await Task.WhenAll(relays);

        static async Task RelayAsync(MemoryNetworkStream from, MemoryNetworkStream to)
        {
            var buffer = new byte[10];
            var count = await from.ReadAsync(buffer, Token).ConfigureAwait(false);
            await to.WriteAsync(buffer.AsMemory(0, count), Token).ConfigureAwait(false);
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed class ForbiddingContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new InvalidOperationException("Nothing may be posted.");
    }
}
