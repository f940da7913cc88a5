using CsCheck;

namespace Connmgr.Testing.Tests;

public sealed class MemoryNetworkStreamPropertyTests
{
    private static readonly Gen<(int Capacity, int[] Writes, int[] Reads, bool[] ReadsFirst)> s_gen = Gen.Select(
        Gen.Int[1, 700], Gen.Int[0, 900].Array[0, 30], Gen.Int[0, 900].Array[1, 30], Gen.Bool.Array[1, 16]);

    [Fact]
    public void Pair_AnySplitOfWritesAndReads_DeliversTheBytesInOrder() => s_gen.Sample(t =>
    {
        var (a, b) = MemoryNetworkStream.CreatePair(t.Capacity);
        var sent = Pattern(t.Writes.Sum());
        var received = new List<byte>();
        var writer = WriteAllAsync(a, sent, t.Writes);
        var reader = ReadAllAsync(b, t.Reads, received);

        Assert.True(writer.IsCompletedSuccessfully);
        Assert.True(reader.IsCompletedSuccessfully);
        Assert.Equal(sent, received);
    });

    [Fact]
    public void Pair_ReaderFirst_DeliversTheBytesInOrder() => s_gen.Sample(t =>
    {
        var (a, b) = MemoryNetworkStream.CreatePair(t.Capacity);
        var sent = Pattern(t.Writes.Sum());
        var received = new List<byte>();
        var reader = ReadAllAsync(b, t.Reads, received);
        var writer = WriteAllAsync(a, sent, t.Writes);

        Assert.True(writer.IsCompletedSuccessfully);
        Assert.True(reader.IsCompletedSuccessfully);
        Assert.Equal(sent, received);
    });

    [Fact]
    public void Pair_StepsInterleavedAtRandom_DeliversTheBytesInOrder() => s_gen.Sample(t =>
    {
        var sent = Pattern(t.Writes.Sum());
        var received = new List<byte>();

        var run = InterleaveAsync(t.Capacity, sent, t.Writes, t.Reads, t.ReadsFirst, received);

        Assert.True(run.IsCompletedSuccessfully);
        Assert.Equal(sent, received);
    });

    [Fact]
    public async Task Pair_WriterAndReaderOnOtherThreads_DeliversTheBytesInOrder()
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity: 1000, runContinuationsInline: false);
        var sizes = Enumerable.Range(0, 2_000).Select(i => i * 37 % 1500).ToArray();
        var sent = Pattern(sizes.Sum());
        var received = new List<byte>();

        await Task.WhenAll(Task.Run(() => WriteAllAsync(a, sent, sizes)), Task.Run(() => ReadAllAsync(b, [1, 700, 0, 5000, 33], received)));

        Assert.Equal(sent, received);
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static async Task WriteAllAsync(Stream stream, byte[] data, int[] sizes)
    {
        var offset = 0;
        foreach (var size in sizes)
        {
            await stream.WriteAsync(data.AsMemory(offset, size)).ConfigureAwait(false);
            offset += size;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task ReadAllAsync(Stream stream, int[] sizes, List<byte> received)
    {
        var buffer = new byte[5000];
        for (var i = 0; ; i++)
        {
            var size = sizes[i % sizes.Length];
            if (size == 0) await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
            var count = await stream.ReadAsync(buffer.AsMemory(0, Math.Max(size, 1))).ConfigureAwait(false);
            if (count == 0) return;
            received.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Runs to its end at once: it awaits only completed tasks.</summary>
    private static async Task InterleaveAsync(
        int capacity, byte[] sent, int[] writeSizes, int[] readSizes, bool[] readsFirst, List<byte> received)
    {
        var (a, b) = MemoryNetworkStream.CreatePair(capacity);
        var writes = new Queue<int>(writeSizes);
        var offset = 0;
        var buffer = new byte[900];
        var write = Task.CompletedTask;
        var read = Task.FromResult(0);
        for (var step = 0; writes.Count > 0 || !write.IsCompleted; step++)
        {
            var canRead = read.IsCompleted;
            var canWrite = write.IsCompleted && writes.Count > 0;
            if (canRead && (readsFirst[step % readsFirst.Length] || !canWrite))
            {
                received.AddRange(buffer.AsSpan(0, await read));
                read = b.ReadAsync(buffer.AsMemory(0, 1 + (readSizes[step % readSizes.Length] % 900))).AsTask();
            }
            else
            {
                Assert.True(canWrite);
                var count = writes.Dequeue();
                write = a.WriteAsync(sent.AsMemory(offset, count)).AsTask();
                offset += count;
            }
        }

        await a.DisposeAsync();
        Assert.True(read.IsCompleted);
        received.AddRange(buffer.AsSpan(0, await read));
        await ReadAllAsync(b, readSizes, received);
    }
}
