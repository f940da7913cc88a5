using System.Net.Sockets;

namespace Connmgr.Testing.Tests;

public sealed class MemoryNetworkConnectionTests
{
    private static readonly byte[] s_hundred = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];

    [Fact]
    public async Task Silent_SaysNothingAndTakesAnyAmount()
    {
        await using var net = new Net(o => o.StreamCapacity = 1000);
        await using var stream = await net.Dial(HostBehavior.Silent);
        var read = stream.ReadAsync(new byte[1], default).AsTask();

        for (var i = 0; i < 10; i++) await Expect.NowAsync(stream.WriteAsync(new byte[5000], default).AsTask());

        net.Advance(1e9);
        Assert.False(read.IsCompleted);
        Assert.Equal(50_000, net.Statistics.BytesMoved);
        await stream.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => read);
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Serving_RunsTheServiceOnTheHostsEndAndClosesItAfter()
    {
        await using var net = new Net();
        var ends = default((object?, object?));
        await using var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            ends = (((IStreamEndPoints)host).LocalEndPoint, ((IStreamEndPoints)host).RemoteEndPoint);
            var buffer = new byte[10];
            var count = await host.ReadAsync(buffer, token).ConfigureAwait(false);
            await host.WriteAsync(buffer.AsMemory(0, count), token).ConfigureAwait(false);
        }));
        Assert.Equal(1, net.Statistics.ServicesRunning);

        await stream.WriteAsync(new byte[] { 7, 8 }, default);

        var buffer = new byte[10];
        Assert.Equal(2, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
        Assert.Equal([7, 8], buffer[..2]);
        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
        Assert.Equal((Net.Host, ((IStreamEndPoints)stream).LocalEndPoint), ends);
        Assert.Equal((0, 1, 0), (net.Statistics.ServicesRunning, net.Statistics.HostStreamsDisposed, net.Statistics.RepeatedDisposals));
    }

    [Fact]
    public async Task Serving_ServiceThrows_IsCountedAndNamed()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving((_, _) => throw new FormatException("bad")));

        Assert.Equal(1, net.Statistics.ServicesFailed);
        var failure = Assert.Single(net.Network.GetServiceFailures());
        Assert.Equal(Net.Host, failure.Host);
        Assert.IsType<FormatException>(failure.Exception);
        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(new byte[1], default).AsTask()));
    }

    [Fact]
    public async Task Serving_ConnectionEnds_TheServicesErrorIsNoFailure()
    {
        await using var net = new Net();
        var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            await host.ReadAsync(new byte[1], token).ConfigureAwait(false);
            await host.WriteAsync(new byte[1], token).ConfigureAwait(false);
        }));

        await stream.DisposeAsync();

        Assert.Equal((0, 0), (net.Statistics.ServicesFailed, net.Statistics.ServicesRunning));
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Serving_OperationCanceledOfItsOwn_IsAFailure()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving((_, _) => throw new OperationCanceledException()));
        Assert.Equal(1, net.Statistics.ServicesFailed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(99)]
    public async Task ResetAfterBytes_HostTalks_DialerReadsExactlySoManyThenTheReset(int bytes)
    {
        await using var net = new Net();
        Task? hostWrite = null;
        await using var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            hostWrite = host.WriteAsync(s_hundred, token).AsTask();
            await hostWrite.ConfigureAwait(false);
        }) with
        { ResetAfterBytes = bytes });
        var buffer = new byte[200];

        Assert.Equal(bytes, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));

        Assert.Equal(s_hundred[..bytes], buffer[..bytes]);
        await Expect.ResetAsync(stream.ReadAsync(buffer, default).AsTask());
        await Expect.ResetAsync(stream.WriteAsync(buffer, default).AsTask());
        await Expect.ResetAsync(hostWrite!);
        Assert.Equal((bytes, 0), (net.Statistics.BytesMoved, net.Statistics.ServicesFailed));
    }

    [Fact]
    public async Task ResetAfterBytes_ReachedExactly_TheWriteThatReachesItSucceeds()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Silent with { ResetAfterBytes = 10 });

        await Expect.NowAsync(stream.WriteAsync(s_hundred.AsMemory(0, 4), default).AsTask());
        await Expect.NowAsync(stream.WriteAsync(s_hundred.AsMemory(0, 5), default).AsTask());
        await Expect.NowAsync(stream.WriteAsync(s_hundred.AsMemory(0, 1), default).AsTask());

        await Expect.ResetAsync(stream.WriteAsync(s_hundred.AsMemory(0, 1), default).AsTask());
    }

    [Fact]
    public async Task ResetAfterBytes_ReachedByAWriteThatWaited_CutsIt()
    {
        await using var net = new Net(o => o.StreamCapacity = 10);
        await using var listener = net.Network.Listen(Net.Host);
        await using var stream = await net.Dial(HostBehavior.Listening with { ResetAfterBytes = 25 });
        await using var host = await listener.AcceptAsync(default);
        var write = stream.WriteAsync(s_hundred, default).AsTask();
        var buffer = new byte[100];

        Assert.Equal(10, await host.ReadAsync(buffer, default));
        Assert.False(write.IsCompleted);
        Assert.Equal(10, await host.ReadAsync(buffer.AsMemory(10), default));
        await Expect.ResetAsync(write);
        Assert.Equal(5, await host.ReadAsync(buffer.AsMemory(20), default));
        await Expect.ResetAsync(host.ReadAsync(buffer, default).AsTask());
        Assert.Equal(s_hundred[..25], buffer[..25]);
    }

    [Fact]
    public async Task ResetAfterBytes_Zero_ResetsAtOnce()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Silent with { ResetAfterBytes = 0 });
        await Expect.ResetAsync(stream.ReadAsync(new byte[1], default).AsTask());
    }

    [Fact]
    public async Task ResetAfter_BothEndsFailExactlyThen()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        await using var stream = await net.Dial(HostBehavior.Listening with { ResetAfter = TimeSpan.FromSeconds(3) });
        await using var host = await listener.AcceptAsync(default);
        var read = stream.ReadAsync(new byte[1], default).AsTask();
        var hostRead = host.ReadAsync(new byte[1], default).AsTask();

        net.Advance(2999);
        Assert.False(read.IsCompleted);
        net.Advance(1);

        await Expect.ResetAsync(read);
        await Expect.ResetAsync(hostRead);
        Assert.Equal(0, net.Statistics.Timers);
    }

    [Fact]
    public async Task CloseAfter_DialerReadsWhatWasSentAndThenTheEnd()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            await host.WriteAsync(s_hundred, token).ConfigureAwait(false);
            await host.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }) with
        { CloseAfter = TimeSpan.FromSeconds(3) });
        net.Advance(3000);
        var buffer = new byte[200];

        Assert.Equal(100, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
        await Expect.ResetAsync(stream.WriteAsync(buffer, default).AsTask());
        Assert.Equal((0, 0, 0), (net.Statistics.ServicesRunning, net.Statistics.ServicesFailed, net.Statistics.Timers));
    }

    [Fact]
    public async Task CloseAfter_AcceptedByAListener_ItsOperationsAreAbortedAndItStillDisposes()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        await using var stream = await net.Dial(HostBehavior.Listening with { CloseAfter = TimeSpan.FromSeconds(3) });
        var host = await listener.AcceptAsync(default);
        var read = host.ReadAsync(new byte[1], default).AsTask();

        net.Advance(3000);

        await Expect.SocketErrorAsync(SocketError.ConnectionAborted, read);
        await Expect.SocketErrorAsync(SocketError.ConnectionAborted, host.WriteAsync(new byte[1], default).AsTask());
        Assert.Equal(0, net.Statistics.HostStreamsDisposed);
        await host.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => host.ReadAsync(new byte[1], default).AsTask());
    }

    [Fact]
    public async Task CloseAfter_Zero_DialSucceedsAndReadsTheEnd()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Silent with { CloseAfter = TimeSpan.Zero });
        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(new byte[1], default).AsTask()));
    }

    [Fact]
    public async Task TimedEnds_ConnectionClosedBefore_LeaveNoTimer()
    {
        await using var net = new Net();
        var hour = TimeSpan.FromHours(1);
        var stream = await net.Dial(HostBehavior.Silent with { CloseAfter = hour, ResetAfter = hour });
        Assert.Equal(2, net.Statistics.Timers);

        await stream.DisposeAsync();

        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Pace_BytesArriveByTheInterval()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            await host.WriteAsync(s_hundred.AsMemory(0, 25), token).ConfigureAwait(false);
            await host.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }) with
        { SendRate = new SendRate(10, TimeSpan.FromSeconds(1)) });
        var buffer = new byte[100];

        Assert.Equal(10, await Expect.NowAsync(stream.ReadAsync(buffer, default).AsTask()));
        var second = stream.ReadAsync(buffer.AsMemory(10), default).AsTask();
        net.Advance(999);
        Assert.False(second.IsCompleted);
        net.Advance(1);
        Assert.Equal(10, await Expect.NowAsync(second));
        net.Advance(1000);
        Assert.Equal(5, await Expect.NowAsync(stream.ReadAsync(buffer.AsMemory(20), default).AsTask()));
        Assert.Equal(s_hundred[..25], buffer[..25]);

        Assert.Equal(1, net.Statistics.Timers);
        net.Advance(1000);
        Assert.Equal(0, net.Statistics.Timers);
    }

    [Fact]
    public async Task Pace_OneByteOfRoom_NeverStalls()
    {
        await using var net = new Net(o => o.StreamCapacity = 1);
        var service = default(Task);
        await using var stream = await net.Dial(HostBehavior.Serving((host, token) =>
            service = host.WriteAsync(s_hundred.AsMemory(0, 30), token).AsTask()) with
        { SendRate = new SendRate(1, TimeSpan.FromSeconds(1)) });
        var received = new List<byte>();
        var reader = ReadAsync();

        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(i + 1, received.Count);
            net.Advance(1000);
        }

        Assert.Equal(s_hundred[..30], received);
        await Expect.NowAsync(reader);
        Assert.True(service!.IsCompletedSuccessfully);
        Assert.Equal(0, net.Statistics.Timers);

        async Task ReadAsync()
        {
            var buffer = new byte[10];
            while (await stream.ReadAsync(buffer, default).ConfigureAwait(false) is > 0 and var count)
                received.AddRange(buffer.AsSpan(0, count));
        }
    }

    [Fact]
    public async Task Pace_LargeAdvance_ArrivesAllThatIsDue()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            await host.WriteAsync(s_hundred, token).ConfigureAwait(false);
            await host.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }) with
        { SendRate = new SendRate(10, TimeSpan.FromSeconds(1)) });

        net.Advance(5000);

        Assert.Equal(60, await Expect.NowAsync(stream.ReadAsync(new byte[100], default).AsTask()));
    }

    [Fact]
    public async Task Pace_HostCloses_DialerGetsAllAndThenTheEnd()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Serving((host, token) => host.WriteAsync(s_hundred, token).AsTask()) with
        {
            SendRate = new SendRate(60, TimeSpan.FromSeconds(1)),
        });
        Assert.Equal(0, net.Statistics.ServicesRunning);

        Assert.Equal(60, await stream.ReadAsync(new byte[100], default));
        var rest = stream.ReadAsync(new byte[100], default).AsTask();
        Assert.False(rest.IsCompleted);
        net.Advance(1000);
        Assert.Equal(40, await Expect.NowAsync(rest));
        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(new byte[100], default).AsTask()));
    }

    [Fact]
    public async Task Pace_DialerCloses_LeavesNoTimer()
    {
        await using var net = new Net();
        var stream = await net.Dial(HostBehavior.Serving((host, token) => host.WriteAsync(s_hundred, token).AsTask()) with
        {
            SendRate = new SendRate(1, TimeSpan.FromSeconds(1)),
        });
        Assert.Equal(1, net.Statistics.Timers);

        await stream.DisposeAsync();

        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task ResetConnections_ConcernsThatHostAlone()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Silent);
        await using var first = await net.Dial();
        await using var second = await net.Dial();
        await using var other = await net.Dial(Net.Other);
        var read = first.ReadAsync(new byte[1], default).AsTask();

        Assert.Equal(2, net.Network.ResetConnections(Net.Host));

        await Expect.ResetAsync(read);
        await Expect.ResetAsync(second.ReadAsync(new byte[1], default).AsTask());
        await Expect.NowAsync(other.WriteAsync(new byte[1], default).AsTask());
        Assert.Equal(0, net.Network.ResetConnections(Net.Host));
    }

    [Fact]
    public async Task CloseConnections_DialersReadTheEnd()
    {
        await using var net = new Net();
        await using var stream = await net.Dial(HostBehavior.Silent);

        Assert.Equal(1, net.Network.CloseConnections(Net.Host));

        Assert.Equal(0, await Expect.NowAsync(stream.ReadAsync(new byte[1], default).AsTask()));
        Assert.Equal(0, net.Statistics.ServicesRunning);
    }
}
