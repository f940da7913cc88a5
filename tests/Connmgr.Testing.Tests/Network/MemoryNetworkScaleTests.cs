using System.Net;

namespace Connmgr.Testing.Tests;

[Collection(Alone.Name)]
public sealed class MemoryNetworkScaleTests
{
    private const int Peers = 10_000;

    [Fact]
    public async Task TenThousandPeers_OpenTalkAndClose_LeaveNothing()
    {
        await using var net = new Net(o => o.Population = _ => HostBehavior.Serving(EchoAsync) with
        {
            Latency = new DurationRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(900)),
        });
        var dials = Enumerable.Range(0, Peers).Select(i => net.Dial(Peer(i))).ToArray();
        Assert.Equal(Peers, net.Statistics.Timers);

        for (var i = 0; i < 100; i++) net.Advance(10);

        Assert.Equal(Peers, net.Statistics.ServicesRunning);
        Assert.Equal(0, net.Statistics.Timers);
        foreach (var dial in dials)
        {
            var stream = await Expect.NowAsync(dial);
            var buffer = new byte[4];
            await stream.WriteAsync(new byte[] { 1, 2, 3, 4 }, default);
            Assert.Equal(4, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
            await stream.DisposeAsync();
        }

        net.Network.EnsureNoLeaks();
        Assert.Equal((Peers, 8 * Peers), (net.Statistics.DialsSucceeded, net.Statistics.BytesMoved));

        static async Task EchoAsync(Stream stream, CancellationToken token)
        {
            var buffer = new byte[4];
            while (await stream.ReadAsync(buffer, token).ConfigureAwait(false) is > 0 and var count)
                await stream.WriteAsync(buffer.AsMemory(0, count), token).ConfigureAwait(false);
        }
    }

    [Fact]
    public async Task TenThousandIdlePairs_BothEndsReading_CostLittle()
    {
        await using var net = new Net(o => o.Population = _ => HostBehavior.Silent);
        var streams = new Stream[Peers];
        var reads = new Task<int>[Peers];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Peers; i++)
        {
            streams[i] = await Expect.NowAsync(net.Dial(Peer(i)));
            reads[i] = streams[i].ReadAsync(Memory<byte>.Empty, default).AsTask();
        }

        var bytesPerPair = (GC.GetTotalMemory(forceFullCollection: true) - before) / Peers;
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytesPerPair} bytes per idle pair, service and reads included");
        Assert.InRange(bytesPerPair, 1, 4096);

        for (var i = 0; i < Peers; i++)
        {
            await streams[i].DisposeAsync();
            await Assert.ThrowsAsync<IOException>(() => reads[i]);
        }

        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task FreeThreaded_DialsWritesAndDisposalsAtOnce_LeaveNothing()
    {
        await using var network = new MemoryNetwork(new()
        {
            Population = _ => HostBehavior.Silent with
            {
                Latency = new DurationRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(2)),
                ResetAfterBytes = 5000,
            },
        });
        var token = TestContext.Current.CancellationToken;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() => WorkAsync(worker), token)));
        await network.DisposeAsync();

        network.EnsureNoLeaks();
        Assert.Equal(0, network.GetStatistics().RepeatedDisposals);

        async Task WorkAsync(int worker)
        {
            for (var i = 0; i < 100; i++)
            {
                await using var stream = await network.DialAsync(Peer(worker * 1000 + i), token);
                using var cancel = new CancellationTokenSource();
                var read = stream.ReadAsync(new byte[1], cancel.Token).AsTask();
                var write = stream.WriteAsync(new byte[100 * i], token).AsTask();
                if (i % 2 == 0) await cancel.CancelAsync();
                else network.ResetConnections(Peer(worker * 1000 + i));
                await Assert.ThrowsAnyAsync<Exception>(() => read);
                await write.ContinueWith(static _ => { }, token, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private static IPEndPoint Peer(int i) => new(new IPAddress([20, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), 8333);
}
