using System.Net;

namespace Connmgr.Testing.Tests;

/// <summary>Alone, because work of other tests delays the rest that the clock waits for.</summary>
[Collection(Alone.Name)]
public sealed class VirtualTimeTests
{
    private static readonly IPEndPoint Peer = IPEndPoint.Parse("1.2.3.4:8333");

    private readonly VirtualTime _time = new();

    [Fact]
    public async Task SettleAsync_WorkOnThePool_HasEnded()
    {
        var hops = 0;
        var work = HopAsync();
        await _time.SettleAsync();

        Assert.True(work.IsCompleted);
        Assert.Equal(10_000, hops);
        Assert.Equal(0, _time.GetTimestamp());

        async Task HopAsync()
        {
            while (++hops < 10_000)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task SettleAsync_ManyWorkersThatWakeEachOther_HaveEnded()
    {
        for (var round = 0; round < 20; round++)
        {
            var gates = Enumerable.Range(0, 50).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
            var chain = Enumerable.Range(1, 49).Select(i => PassOnAsync(gates[i - 1].Task, gates[i])).ToArray();
            gates[0].SetResult();

            await _time.SettleAsync();

            Assert.All(chain, static link => Assert.True(link.IsCompleted));
        }

        static async Task PassOnAsync(Task before, TaskCompletionSource next)
        {
            await before;
            next.SetResult();
        }
    }

    [Fact]
    public async Task AdvanceAsync_Timers_AreCalledInOrderAtTheirTimes()
    {
        var calls = new List<(string Name, double At)>();
        using var late = _time.CreateTimer(_ => Note("late"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var every = _time.CreateTimer(_ => Note("every"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        using var changed = _time.CreateTimer(_ => Note("changed"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var disposed = _time.CreateTimer(_ => Note("disposed"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        using var never = _time.CreateTimer(_ => Note("never"), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.True(changed.Change(TimeSpan.FromSeconds(4), TimeSpan.Zero));
        disposed.Dispose();
        Assert.False(disposed.Change(TimeSpan.Zero, TimeSpan.Zero));
        var delays = DelayTwiceAsync();

        await _time.AdvanceAsync(TimeSpan.FromSeconds(6));

        await delays;
        Assert.Equal([("every", 1), ("once", 2), ("late", 3), ("every", 3), ("changed", 4), ("again", 4.5), ("every", 5)], calls);
        Assert.Equal(TimeSpan.FromSeconds(6).Ticks, _time.GetTimestamp());

        void Note(string name) => calls.Add((name, _time.GetElapsedTime(0).TotalSeconds));

        async Task DelayTwiceAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(2), _time);
            Note("once");
            await Task.Delay(TimeSpan.FromSeconds(2.5), _time);
            Note("again");
        }
    }

    [Fact]
    public async Task SettleAsync_TimerDueAtOnce_IsCalled()
    {
        var isCalled = false;
        using var timer = _time.CreateTimer(_ => isCalled = true, null, TimeSpan.Zero, TimeSpan.Zero);
        Assert.False(isCalled);

        await _time.SettleAsync();

        Assert.True(isCalled);
    }

    /// <summary>The first dial is at once; the pauses of a permanent request grow to five minutes, and each is shortened at random by up to a half.</summary>
    [Fact]
    public async Task AdvanceAsync_HoursOfReconnecting_AreTheSameInEachRun()
    {
        var first = await DialForHoursAsync();
        var second = await DialForHoursAsync();

        Assert.InRange(first.Count, 60, 120);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task AdvanceUntilAsync_ConditionHolds_StopsAtThatTime()
    {
        await using var network = new MemoryNetwork(new() { TimeProvider = _time });
        network.SetBehavior(Peer, HostBehavior.Silent with { Latency = TimeSpan.FromMilliseconds(80) });
        await using var manager = new ConnectionManager(new() { Dial = network.DialAsync, TimeProvider = _time });
        await manager.StartAsync();
        var request = manager.Connect(Peer, permanent: true);

        await _time.AdvanceUntilAsync(() => request.State == ConnectionState.Established, within: TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.FromMilliseconds(80), _time.GetElapsedTime(0));
        await manager.StopAsync();
        await network.DisposeAsync();
        network.EnsureNoLeaks();
    }

    [Fact]
    public async Task AdvanceUntilAsync_ConditionNeverHolds_IsAnError()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(() => _time.AdvanceUntilAsync(static () => false, TimeSpan.FromDays(1)));

        Assert.Contains("1.00:00:00", error.Message, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 00:00:00Z", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AdvanceAsync_WhileAdvancing_IsAnError()
    {
        Task? again = null;
        using var timer = _time.CreateTimer(_ => again = AdvanceAgainAsync(), null, TimeSpan.Zero, TimeSpan.Zero);

        await _time.SettleAsync();

        await again!;
        await _time.SettleAsync(); // Possible again.

        async Task AdvanceAgainAsync() => await Assert.ThrowsAsync<InvalidOperationException>(() => _time.SettleAsync());
    }

    /// <summary>Test runners block a thread of the pool for as long as they run, as with a time limit for all tests.</summary>
    [Fact]
    public async Task SettleAsync_PoolThreadThatBlocks_IsAtRestUntilItRunsAgain()
    {
        using var blocks = new SemaphoreSlim(0);
        using var isBlocked = new SemaphoreSlim(0);
        var hops = 0;
        var work = Task.Run(async () =>
        {
            isBlocked.Release();
            blocks.Wait();
            while (++hops < 10_000)
                await Task.Yield();
        });
        await isBlocked.WaitAsync();
        await _time.SettleAsync();
        Assert.Equal(0, hops);

        blocks.Release();
        await Eventually.TrueAsync(() => Volatile.Read(ref hops) > 0);
        await _time.SettleAsync();

        Assert.Equal(10_000, hops);
        Assert.True(work.IsCompleted);
    }

    [Fact]
    public async Task SettleAsync_CodeThatNeverRests_IsAnErrorThatSaysSo()
    {
        using var stop = new CancellationTokenSource();
        var work = TurnAsync(stop.Token);
        _time.SettleTimeout = TimeSpan.Zero;

        var error = await Assert.ThrowsAsync<TimeoutException>(() => _time.SettleAsync());

        await stop.CancelAsync();
        await work;
        Assert.Contains("never rests", error.Message, StringComparison.Ordinal);
        _time.SettleTimeout = TimeSpan.FromMinutes(1);
        await _time.SettleAsync();

        static async Task TurnAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task AdvanceAsync_TimerThrowsOrTokenIsCancelled_EndsThere()
    {
        using var timer = _time.CreateTimer(static _ => throw new InvalidDataException("from the timer"), null, TimeSpan.FromSeconds(1), TimeSpan.Zero);
        await Assert.ThrowsAsync<InvalidDataException>(() => _time.AdvanceAsync(TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(0));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _time.AdvanceAsync(TimeSpan.FromSeconds(2), new CancellationToken(canceled: true)));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(0));
    }

    [Fact]
    public async Task Clock_ThatIsNew_StandsAtItsStart()
    {
        var start = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

        Assert.Equal(start, new VirtualTime(start).GetUtcNow());
        Assert.Equal(new DateTime(2026, 1, 1), _time.GetUtcNow().DateTime);
        Assert.Equal(TimeZoneInfo.Utc, _time.LocalTimeZone);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _time.AdvanceAsync(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.CreateTimer(static _ => { }, null, TimeSpan.FromTicks(-1), TimeSpan.Zero));
    }

    private static async Task<List<TimeSpan>> DialForHoursAsync()
    {
        var time = new VirtualTime();
        var dials = new List<TimeSpan>();
        await using var network = new MemoryNetwork(new() { TimeProvider = time, DefaultBehavior = HostBehavior.Refusing });
        await using var manager = new ConnectionManager(new()
        {
            TimeProvider = time,
            Random = new Random(1),
            Dial = (endPoint, token) =>
            {
                dials.Add(time.GetElapsedTime(0));
                return network.DialAsync(endPoint, token);
            },
        });
        await manager.StartAsync();
        manager.Connect(Peer, permanent: true);
        await time.AdvanceAsync(TimeSpan.FromHours(3));
        return dials;
    }
}
