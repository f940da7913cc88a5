using CsCheck;

namespace Connmgr.Bitcoin.Tests;

public sealed class FramePostTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Posts and sends messages in any order while the stream takes them in any steps: all that are accepted arrive in order.</summary>
    [Fact]
    public Task TryPost_AndWrites_ArriveInTheOrderOfTheCalls() => Gen.Select(Gen.Bool, Gen.Int[0, 400], Gen.Bool).Array[1, 30].SampleAsync(
        async steps =>
        {
            var gate = new SemaphoreSlim(0);
            var stream = new FakeStream { DuringWrite = () => new(gate.WaitAsync(Ct)) };
            var writer = new FrameWriter(stream, Frames.Chain, maxBacklog: 3000, pool: _pool) { MaxPosted = 2500 };
            var (accepted, writes) = (new List<string>(), new List<Task>());
            foreach (var (isPost, size, passes) in steps)
            {
                var payload = new byte[size];
                Array.Fill(payload, (byte)accepted.Count);
                var text = Convert.ToHexStringLower(payload);
                if (isPost)
                {
                    if (writer.TryPost(new("x"), payload))
                        accepted.Add(text);
                    payload.AsSpan().Clear(); // What was posted is a copy.
                }
                else if (writer.WriteAsync(new("x"), payload, Ct).AsTask() is { IsFaulted: false } write)
                {
                    writes.Add(write);
                    accepted.Add(text);
                }

                if (passes)
                    gate.Release();
            }

            gate.Release(steps.Length);
            await writer.DetachedWrites.WaitAsync(TimeSpan.FromSeconds(60), Ct);
            await Task.WhenAll(writes);
            Assert.Equal(accepted, (await Frames.ReadAllAsync(stream.Written)).Select(message => Convert.ToHexStringLower(message.Payload)), StringComparer.Ordinal);
            Assert.Equal(0, _pool.RentedBytes);
        },
        iter: Effort.Of(200),
        threads: 1);

    [Fact]
    public async Task TryPost_BacklogFull_IsFalseAndWaitsForNothing()
    {
        using var lifetime = new CancellationTokenSource();
        var stream = new FakeStream().StallWritesAfter(0);
        var writer = new FrameWriter(stream, Frames.Chain, pool: _pool, lifetime: lifetime.Token) { MaxPosted = 10_000 };

        Assert.True(writer.TryPost(new("large"), new byte[50_000])); // One alone may be of any size.
        Assert.False(writer.TryPost(new("a"), []));
        await lifetime.CancelAsync();
        await writer.DetachedWrites.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.False(writer.TryPost(new("b"), []));
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task TryPost_ManySmallMessages_CountWithTheirObjects()
    {
        using var lifetime = new CancellationTokenSource();
        var writer = new FrameWriter(new FakeStream().StallWritesAfter(0), Frames.Chain, pool: _pool, lifetime: lifetime.Token) { MaxPosted = 53_600 };
        var posted = 0;
        while (writer.TryPost(new("a"), []))
            posted++;

        Assert.Equal(100, posted);
        await lifetime.CancelAsync();
        await writer.DetachedWrites.WaitAsync(TimeSpan.FromSeconds(60), Ct);
    }

    [Fact]
    public void TryPost_BadArguments_Throw()
    {
        var writer = new FrameWriter(new FakeStream(), Frames.Chain);
        Assert.Throws<ArgumentException>(() => writer.TryPost(default, []));
        Assert.Throws<ArgumentException>(() => writer.TryPost(new("a"), new byte[FrameHeader.MaxPayloadLength + 1]));
    }
}
