namespace Connmgr.Testing.Tests;

public sealed class MemoryNetworkLeakTests
{
    [Fact]
    public async Task EnsureNoLeaks_DialerNotDisposed_NamesIt()
    {
        await using var net = new Net();
        var stream = await net.Dial(HostBehavior.Silent);

        var error = Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);

        var local = ((IStreamEndPoints)stream).LocalEndPoint;
        Assert.Contains($"1 stream(s) of dialers are not disposed: {local} -> 1.2.3.4:8333", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 service(s) have not ended", error.Message, StringComparison.Ordinal);
        await stream.DisposeAsync();
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task EnsureNoLeaks_AcceptedNotDisposed_NamesItEvenAfterTheNetworkIsDisposed()
    {
        await using var net = new Net();
        var listener = net.Network.Listen(Net.Host);
        await (await net.Dial()).DisposeAsync();
        var host = await listener.AcceptAsync(default);
        await net.Network.DisposeAsync();

        var error = Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);

        Assert.Contains("1 stream(s) of hosts are not disposed: 1.2.3.4:8333 -> 10.0.0.1:", error.Message, StringComparison.Ordinal);
        await host.DisposeAsync();
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task EnsureNoLeaks_DialUnderWay_NamesItAndItsTimer()
    {
        await using var net = new Net();
        using var cancel = new CancellationTokenSource();
        var dial = net.Dial(HostBehavior.Silent with { Latency = TimeSpan.FromSeconds(1) }, cancel.Token);

        var error = Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);

        Assert.Contains("1 dial(s) have not ended: to 1.2.3.4:8333.", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 timer(s) are left.", error.Message, StringComparison.Ordinal);
        cancel.Cancel();
        Assert.True(dial.IsCanceled);
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task EnsureNoLeaks_ListenerNotDisposed_NamesIt()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        var error = Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);
        Assert.Contains("1 listener(s) are not disposed: 1.2.3.4:8333.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureNoLeaks_ManyLeft_StaysReadable()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Swallowing);
        for (var i = 0; i < 1000; i++) _ = net.Dial();
        var error = Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);
        Assert.Contains("1000 dial(s)", error.Message, StringComparison.Ordinal);
        Assert.Contains("and 990 more", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 500);
    }

    [Fact]
    public async Task GetStatistics_StreamDisposedTwice_CountsTheRepetition()
    {
        await using var net = new Net();
        var stream = await net.Dial(HostBehavior.Serving(async (host, token) =>
        {
            await using (host.ConfigureAwait(false)) await host.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }));
        await stream.DisposeAsync();
        var first = net.Statistics;
        Assert.Equal((0, 1, 1), (first.RepeatedDisposals, first.DialerStreamsDisposed, first.HostStreamsDisposed));

        await stream.DisposeAsync();

        Assert.Equal((1, 1), (net.Statistics.RepeatedDisposals, net.Statistics.DialerStreamsDisposed));
    }

    [Fact]
    public async Task DisposeAsync_EndsEverythingOfTheNetwork()
    {
        var net = new Net();
        var swallowed = net.Dial(HostBehavior.Swallowing);
        var stubborn = net.Dial(HostBehavior.Swallowing with { IgnoresCancellation = true });
        var accept = net.Network.Listen(Net.Other).AcceptAsync(default).AsTask();
        var stream = await net.Dial(HostBehavior.Serving(async (_, token) => await Task.Delay(Timeout.InfiniteTimeSpan, net.Time, token)));
        var read = stream.ReadAsync(new byte[1], default).AsTask();

        await net.DisposeAsync();
        await net.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => swallowed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stubborn);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accept);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => net.Dial());
        Assert.Throws<ObjectDisposedException>(() => net.Network.Listen(Net.Host));
        Assert.True(read.IsCompleted);
        Assert.Equal((0, 0), (net.Statistics.ServicesRunning, net.Statistics.ServicesFailed));
        Assert.Equal(1, net.Statistics.StreamsOpen);
        await stream.DisposeAsync();
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DisposeAsync_WaitsForServices()
    {
        var net = new Net();
        var held = new TaskCompletionSource();
        await using var stream = await net.Dial(HostBehavior.Serving((_, _) => held.Task));

        var disposal = net.DisposeAsync().AsTask();

        Assert.False(disposal.IsCompleted);
        Assert.Throws<InvalidOperationException>(net.Network.EnsureNoLeaks);
        held.SetResult();
        await disposal;
    }
}
