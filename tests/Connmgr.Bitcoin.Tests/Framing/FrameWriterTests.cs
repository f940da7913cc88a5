using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class FrameWriterTests
{
    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WriteAsync_AnySize_IsReadBack()
    {
        var stream = new FakeStream();
        var writer = new FrameWriter(stream, Frames.Chain, pool: _pool);
        int[] sizes = [0, 1, 16_359, 16_360, 16_361, 50_000, FrameHeader.MaxPayloadLength];
        foreach (var size in sizes)
            await writer.WriteAsync(new("data"), Content(size, 7), Ct);

        var messages = await Frames.ReadAllAsync(stream.Written);
        Assert.Equal(sizes, messages.Select(message => message.Payload.Length));
        Assert.All(messages, message => Assert.Equal(Content(message.Payload.Length, 7), message.Payload));
        Assert.Equal(stream.Written.Length, writer.BytesSent);
        Assert.Equal(0, _pool.RentedBytes);
        Assert.InRange(_pool.Peak, 1, 16 * 1024);
    }

    [Fact]
    public async Task WriteAsync_ManyCallersAtOnce_MessagesNeverMix()
    {
        var stream = new FakeStream { DuringWrite = async () => await Task.Yield() };
        var writer = new FrameWriter(stream, Frames.Chain, maxBacklog: int.MaxValue, pool: _pool);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(
            async () => await writer.WriteAsync(new($"m{i}"), Content(i * 700, (byte)i), Ct), Ct)));

        var messages = await Frames.ReadAllAsync(stream.Written);
        Assert.False(stream.WritesOverlapped);
        Assert.Equal(100, messages.Select(message => message.Command).Distinct(StringComparer.Ordinal).Count());
        Assert.All(messages, message =>
        {
            var i = byte.Parse(message.Command.AsSpan(1));
            Assert.Equal(Content(i * 700, i), message.Payload);
        });
    }

    [Fact]
    public async Task WriteAsync_OverTheBacklog_IsRefusedAtOnce()
    {
        using var lifetime = new CancellationTokenSource();
        var stream = new FakeStream().StallWritesAfter(0);
        var writer = new FrameWriter(stream, Frames.Chain, maxBacklog: 1000, pool: _pool, lifetime: lifetime.Token);

        // A single message may be larger than the limit.
        var first = writer.WriteAsync(new("a"), new byte[2000], Ct).AsTask();
        var second = writer.WriteAsync(new("b"), new byte[1], Ct).AsTask();
        Assert.True(second.IsCompleted);
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(() => second);
        Assert.Equal(ProtocolViolation.SendBacklog, e.Violation);

        await lifetime.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task WriteAsync_CanceledWhileWaiting_WritesNothingAndHarmsNothing()
    {
        var pass = new TaskCompletionSource();
        var stream = new FakeStream { DuringWrite = async () => await pass.Task };
        var writer = new FrameWriter(stream, Frames.Chain, maxBacklog: 100, pool: _pool);
        using var cancel = new CancellationTokenSource();
        var first = writer.WriteAsync(new("a"), new byte[5], Ct).AsTask();
        var second = writer.WriteAsync(new("b"), new byte[5], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        pass.SetResult();
        await first;
        await writer.WriteAsync(new("c"), new byte[60], Ct); // The backlog is empty again.
        Assert.Equal(["a", "c"], await Frames.CommandsAsync(stream.Written));
    }

    [Fact]
    public async Task WriteAsync_CanceledOnceBegun_ReturnsAtOnceAndTheMessageIsWrittenWhole()
    {
        var pass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = new FakeStream { DuringWrite = async () => await pass.Task };
        var writer = new FrameWriter(stream, Frames.Chain, pool: _pool);
        using var cancel = new CancellationTokenSource();
        var payload = Content(100_000, 3);
        var begun = writer.WriteAsync(new("begun"), payload, cancel.Token).AsTask();
        await cancel.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begun);
        Assert.Equal(cancel.Token, thrown.CancellationToken);

        Array.Fill(payload, (byte)0xff); // It is the caller's again.
        var next = writer.WriteAsync(new("next"), new byte[5], Ct).AsTask();
        pass.SetResult();
        await next;
        await writer.DetachedWrites;
        var messages = await Frames.ReadAllAsync(stream.Written);
        Assert.Equal(["begun", "next"], messages.Select(message => message.Command), StringComparer.Ordinal);
        Assert.Equal(Content(100_000, 3), messages[0].Payload);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task WriteAsync_CanceledOnceBegunAndTheStreamFails_IsToldToWhoeverListens()
    {
        var pass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failure = new IOException("broken");
        var stream = new FakeStream
        {
            DuringWrite = async () =>
            {
                await pass.Task;
                throw failure;
            },
        };
        var told = new List<Exception>();
        var writer = new FrameWriter(stream, Frames.Chain, pool: _pool)
        {
            OnDetachedWriteFailed = exception =>
            {
                told.Add(exception);
                return Task.CompletedTask;
            },
        };
        using var cancel = new CancellationTokenSource();
        var begun = writer.WriteAsync(new("a"), Content(50_000, 1), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begun);
        pass.SetResult();
        await writer.DetachedWrites;
        Assert.Equal([failure], told);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task WriteAsync_CanceledAfterTheLifetime_IsNotDetached()
    {
        var pass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = new FakeStream { DuringWrite = async () => await pass.Task };
        using var lifetime = new CancellationTokenSource();
        using var cancel = new CancellationTokenSource();
        var writer = new FrameWriter(stream, Frames.Chain, pool: _pool, lifetime: lifetime.Token);
        var begun = writer.WriteAsync(new("begun"), new byte[5], cancel.Token).AsTask();

        await lifetime.CancelAsync();
        var detached = writer.DetachedWrites; // The peer waits for this one; there must be no later one.
        await cancel.CancelAsync();

        Assert.False(begun.IsCompleted);
        Assert.Same(detached, writer.DetachedWrites);
        pass.SetResult();
        await Task.WhenAny(begun);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task WriteAsync_AnyMixOfCancellations_NeverTearsAMessage()
    {
        await Gen.Select(Gen.Int[0, 40_000], Gen.Int[0, 3]).Array[1, 12].SampleAsync(
            async messages =>
            {
                var turns = new SemaphoreSlim(0);
                var stream = new FakeStream { DuringWrite = async () => await turns.WaitAsync(Ct) };
                var writer = new FrameWriter(stream, Frames.Chain, maxBacklog: int.MaxValue, pool: _pool);
                var writes = new List<Task>();
                var payloads = messages.Select((message, i) => Content(message.Item1, (byte)i)).ToArray();
                foreach (var (i, (_, chunks)) in messages.Index())
                {
                    using var cancel = new CancellationTokenSource();
                    var write = writer.WriteAsync(new($"m{i}"), payloads[i], cancel.Token).AsTask();
                    if (chunks == 0)
                    {
                        writes.Add(write);
                        continue;
                    }

                    if (chunks > 1)
                        turns.Release(chunks - 1);
                    await cancel.CancelAsync();
                    await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Array.Fill(payloads[i], (byte)0xff);
                }

                turns.Release(1000);
                await Task.WhenAll(writes);
                await writer.DetachedWrites;
                foreach (var (command, payload) in await Frames.ReadAllAsync(stream.Written))
                {
                    var i = int.Parse(command.AsSpan(1), CultureInfo.InvariantCulture);
                    Assert.Equal(Content(messages[i].Item1, (byte)i), payload);
                }
            },
            iter: 200, threads: 1);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task WriteAsync_AfterAnUnfinishedMessage_Throws()
    {
        var failing = new FakeStream { DuringWrite = () => throw new IOException("broken") };
        var writer = new FrameWriter(failing, Frames.Chain, pool: _pool);
        await Assert.ThrowsAsync<IOException>(() => writer.WriteAsync(new("a"), default, Ct).AsTask());
        var again = await Assert.ThrowsAsync<IOException>(() => writer.WriteAsync(new("b"), default, Ct).AsTask());
        Assert.Contains("earlier", again.Message, StringComparison.Ordinal);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task StalledFor_GrowsWhileAWriteIsHeld()
    {
        using var lifetime = new CancellationTokenSource();
        var writer = new FrameWriter(new FakeStream().StallWritesAfter(1), Frames.Chain, timeProvider: _time, lifetime: lifetime.Token);
        await writer.WriteAsync(new("a"), default, Ct);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, writer.StalledFor);

        var held = writer.WriteAsync(new("b"), default, Ct).AsTask();
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), writer.StalledFor);
        await lifetime.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
    }

    private static byte[] Content(int size, byte seed)
    {
        var content = new byte[size];
        for (var i = 0; i < size; i++)
            content[i] = (byte)((i * 13) + seed);

        return content;
    }
}
