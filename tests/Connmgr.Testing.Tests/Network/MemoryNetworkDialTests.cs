using System.Net;

namespace Connmgr.Testing.Tests;

public sealed class MemoryNetworkDialTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task DialAsync_NoLatency_CompletesAtOnce()
    {
        await using var net = new Net();

        await using var stream = await Expect.NowAsync(net.Dial(HostBehavior.Silent));

        var ends = Assert.IsAssignableFrom<IStreamEndPoints>(stream);
        Assert.Equal(Net.Host, ends.RemoteEndPoint);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), Assert.IsType<IPEndPoint>(ends.LocalEndPoint).Address);
    }

    [Fact]
    public async Task DialAsync_FixedLatency_CompletesExactlyThenOnTheAdvancingThread()
    {
        await using var net = new Net();
        var thread = 0;
        net.Network.SetBehavior(Net.Host, HostBehavior.Silent with { Latency = s_second });
        var dial = DialAndNoteThreadAsync();

        net.Advance(999.9);
        Assert.False(dial.IsCompleted);
        Assert.Equal((1, 1), (net.Statistics.DialsInProgress, net.Statistics.Timers));
        net.Advance(0.1);

        await using var stream = await Expect.NowAsync(dial);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.Equal((0, 0), (net.Statistics.DialsInProgress, net.Statistics.Timers));

        async Task<Stream> DialAndNoteThreadAsync()
        {
            var dialled = await net.Network.DialAsync(Net.Host, default).ConfigureAwait(false);
            thread = Environment.CurrentManagedThreadId;
            return dialled;
        }
    }

    [Fact]
    public async Task DialAsync_LatencyRange_StaysInItAndFollowsTheSeed()
    {
        var range = new DurationRange(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(40));

        var first = await MeasureAsync(seed: 5);
        var again = await MeasureAsync(seed: 5);
        var other = await MeasureAsync(seed: 6);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.All(first, t => Assert.InRange(t, 10, 40));
        Assert.True(first.Distinct().Count() > 10);

        async Task<List<int>> MeasureAsync(int seed)
        {
            await using var net = new Net(o => o.Seed = seed);
            var times = new List<int>();
            for (var i = 0; i < 50; i++)
            {
                var dial = net.Dial(HostBehavior.Silent with { Latency = range });
                var time = 0;
                for (; !dial.IsCompleted; time++) net.Advance(1);
                await (await dial).DisposeAsync();
                times.Add(time);
            }

            return times;
        }
    }

    [Fact]
    public async Task DialAsync_Refusing_FailsAfterTheLatency()
    {
        await using var net = new Net();
        var dial = net.Dial(HostBehavior.Refusing with { Latency = s_second });
        Assert.False(dial.IsCompleted);

        net.Advance(1000);

        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, dial);
        Assert.Equal(1, net.Statistics.DialFailures[ConnectFailureCause.Refused]);
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DialAsync_Unreachable_Fails()
    {
        await using var net = new Net();
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Unreachable, net.Dial(HostBehavior.Unreachable));
        Assert.Equal((1, 1), (net.Statistics.DialsFailed, net.Statistics.DialFailures[ConnectFailureCause.Unreachable]));
    }

    [Fact]
    public async Task DialAsync_Swallowing_EndsOnlyWithItsToken()
    {
        await using var net = new Net();
        using var cancel = new CancellationTokenSource();
        var dial = net.Dial(HostBehavior.Swallowing, cancel.Token);
        net.Advance(1e9);
        Assert.False(dial.IsCompleted);
        Assert.Equal(0, net.Statistics.Timers);

        cancel.Cancel();

        Assert.True(dial.IsCanceled);
        Assert.Equal((1, 0), (net.Statistics.DialsCanceled, net.Statistics.DialsInProgress));
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DialAsync_CancelledDuringTheLatency_LeavesNothing()
    {
        await using var net = new Net();
        using var cancel = new CancellationTokenSource();
        var dial = net.Dial(HostBehavior.Silent with { Latency = s_second }, cancel.Token);

        cancel.Cancel();

        Assert.True(dial.IsCanceled);
        net.Network.EnsureNoLeaks();
        Assert.Equal(0, net.Statistics.DialerStreamsOpened);
    }

    [Fact]
    public async Task DialAsync_CancelledByATimerOfTheSameClock_EndsThen()
    {
        await using var net = new Net();
        using var cancel = new CancellationTokenSource(s_second, net.Time);
        var dial = net.Dial(HostBehavior.Swallowing, cancel.Token);

        net.Advance(1000);

        Assert.True(dial.IsCanceled);
    }

    [Fact]
    public async Task DialAsync_TokenCancelledBefore_IsCountedAsCancelled()
    {
        await using var net = new Net();
        Assert.True(net.Dial(HostBehavior.Silent, new CancellationToken(canceled: true)).IsCanceled);
        Assert.Equal(1, net.Statistics.DialsCanceled);
    }

    [Fact]
    public async Task DialAsync_HostIgnoresCancellation_SucceedsLate()
    {
        await using var net = new Net();
        using var cancel = new CancellationTokenSource();
        var dial = net.Dial(HostBehavior.Silent with { Latency = s_second, IgnoresCancellation = true }, cancel.Token);
        cancel.Cancel();
        Assert.False(dial.IsCompleted);

        net.Advance(1000);

        await (await Expect.NowAsync(dial)).DisposeAsync();
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DialAsync_BehaviorChangedWhileRunning_CountsFromTheNextDial()
    {
        await using var net = new Net();
        var before = net.Dial(HostBehavior.Silent with { Latency = s_second });
        var after = net.Dial(HostBehavior.Refusing);
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, after);
        net.Advance(1000);
        await (await Expect.NowAsync(before)).DisposeAsync();

        Assert.True(net.Network.ClearBehavior(Net.Host));
        Assert.False(net.Network.ClearBehavior(Net.Host));
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Unreachable, net.Dial());
        net.Network.DefaultBehavior = HostBehavior.Refusing;
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, net.Dial());
        net.Network.Population = _ => HostBehavior.Silent;
        await (await Expect.NowAsync(net.Dial())).DisposeAsync();
    }

    [Fact]
    public async Task DialAsync_Population_GivesBehaviorsToWholeRanges()
    {
        await using var net = new Net(o => o.Population = e => e is IPEndPoint { Port: 8333 } ? HostBehavior.Silent : null);

        await using var stream = await Expect.NowAsync(net.Dial());
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Unreachable, net.Dial(IPEndPoint.Parse("1.2.3.4:1")));
        net.Network.SetBehavior(Net.Other, HostBehavior.Refusing);
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, net.Dial(Net.Other));
    }

    [Fact]
    public async Task DialAsync_PopulationThrows_FailsWithThatAndIsCounted()
    {
        await using var net = new Net(o => o.Population = _ => throw new FormatException("x"));
        await Assert.ThrowsAsync<FormatException>(() => net.Dial());
        Assert.Equal(1, net.Statistics.DialFailures[ConnectFailureCause.Unknown]);
        net.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DialAsync_Name_GoesToItsAddressesInTurn()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Silent);
        net.Network.AddName("peer.example", Net.Host.Address, Net.Other.Address);
        var remotes = new List<EndPoint?>();
        for (var i = 0; i < 3; i++)
        {
            await using var stream = await Expect.NowAsync(net.Dial(new DnsEndPoint("Peer.Example", 8333)));
            remotes.Add(((IStreamEndPoints)stream).RemoteEndPoint);
        }

        Assert.Equal([Net.Host, Net.Other, Net.Host], remotes);
        Assert.True(net.Network.RemoveName("peer.example"));
        await Expect.ConnectFailedAsync(
            ConnectPhase.Resolve, ConnectFailureCause.NameNotFound, net.Dial(new DnsEndPoint("peer.example", 8333)));
    }

    [Fact]
    public async Task DialAsync_NameWithABehaviorOfItsOwn_IsDialledAsItIs()
    {
        await using var net = new Net();
        var onion = new DnsEndPoint("abc.onion", 8333);
        net.Network.SetBehavior(onion, HostBehavior.Silent);

        await using var stream = await Expect.NowAsync(net.Dial(onion));

        Assert.Equal(onion, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_Ipv4WrittenAsIpv6_IsTheSameHost()
    {
        await using var net = new Net();
        net.Network.SetBehavior(Net.Host, HostBehavior.Silent);

        await using var stream = await Expect.NowAsync(net.Dial(new IPEndPoint(Net.Host.Address.MapToIPv6(), 8333)));

        Assert.Equal(Net.Host, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task DialFrom_GivesTheSourceAddress()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Silent);

        await using var first = await net.Network.DialFrom(IPEndPoint.Parse("9.9.9.9:0"))(Net.Host, default);
        await using var second = await net.Network.DialFrom(IPEndPoint.Parse("9.9.9.9:0"))(Net.Host, default);
        await using var fixedPort = await net.Network.DialFrom(IPEndPoint.Parse("9.9.9.9:77"))(Net.Host, default);
        await using var v6 = await net.Dial(IPEndPoint.Parse("[2001:db8::1]:8333"));

        var a = Assert.IsType<IPEndPoint>(((IStreamEndPoints)first).LocalEndPoint);
        var b = Assert.IsType<IPEndPoint>(((IStreamEndPoints)second).LocalEndPoint);
        Assert.Equal(IPAddress.Parse("9.9.9.9"), a.Address);
        Assert.NotEqual(0, a.Port);
        Assert.NotEqual(a.Port, b.Port);
        Assert.Equal(IPEndPoint.Parse("9.9.9.9:77"), ((IStreamEndPoints)fixedPort).LocalEndPoint);
        Assert.Equal(IPAddress.Parse("fd00::1"), Assert.IsType<IPEndPoint>(((IStreamEndPoints)v6).LocalEndPoint).Address);
    }

    [Fact]
    public async Task DialAsync_SystemClock_WorksInRealTime()
    {
        await using var network = new MemoryNetwork();
        network.SetBehavior(Net.Host, HostBehavior.Silent with { Latency = TimeSpan.FromMilliseconds(1) });

        await (await network.DialAsync(Net.Host, TestContext.Current.CancellationToken)).DisposeAsync();

        await network.DisposeAsync();
        network.EnsureNoLeaks();
    }

    [Fact]
    public async Task DialAsync_BegunDuringAnAdvance_CountsFromTheEndOfIt()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Silent with { Latency = s_second });
        var both = DialTwiceAsync();

        net.Advance(10_000);
        Assert.Equal((1, 1), (net.Statistics.DialsSucceeded, net.Statistics.DialsInProgress));
        net.Advance(1000);

        await Expect.NowAsync(both);

        async Task DialTwiceAsync()
        {
            await (await net.Dial()).DisposeAsync();
            await (await net.Dial()).DisposeAsync();
        }
    }

    [Fact]
    public void Constructor_CapacityOfZero_IsAnErrorThatNamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => new MemoryNetwork(new() { StreamCapacity = 0 }));
        Assert.Contains("StreamCapacity is 0", error.Message, StringComparison.Ordinal);
    }
}
