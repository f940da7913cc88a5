using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public class SamSessionPoolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A stop that comes in the midst of a turn of the run, before it looks for what wakes it, is not lost.</summary>
    [Fact]
    public async Task RunAsync_CancelledWithinATurn_Ends()
    {
        using var stop = new CancellationTokenSource();
        var clock = new CancellingClock(stop);
        var pool = new SamSessionPool(
            static _ => throw new InvalidOperationException("no dial waits"), spare: 0, new RetryPauses(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new Random(1)), clock, static _ => { });
        var running = pool.RunAsync(stop.Token);
        var router = new FakeSam();
        var connection = new SamConnection(await router.ConnectAsync(new System.Net.DnsEndPoint("router", 1), Token));

        pool.GiveBack(new SamSession(connection, "1", FakeSam.GetAddress(FakeSam.GetKey(1)))); // Takes the time twice: here, and in the run's turn.

        await running.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);
        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(0, router.OpenCount);
    }

    /// <summary>The clock goes on between its readings, here by six minutes each time: an idle session of less than ten minutes is never one of more.</summary>
    [Fact]
    public async Task RunAsync_TheClockGoesOnWithinATurn_EndsAnIdleSessionLater()
    {
        using var stop = new CancellationTokenSource();
        var clock = new CreepingClock();
        var pool = new SamSessionPool(
            static _ => throw new InvalidOperationException("no dial waits"), spare: 0, new RetryPauses(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new Random(1)), clock, static _ => { });
        var router = new FakeSam();
        pool.GiveBack(new SamSession(new SamConnection(await router.ConnectAsync(new System.Net.DnsEndPoint("router", 1), Token)), "1", FakeSam.GetAddress(FakeSam.GetKey(1))));

        var running = pool.RunAsync(stop.Token);
        while (router.OpenCount > 0 && !running.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }

        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);
        Assert.Equal(0, router.OpenCount);
    }

    private sealed class CreepingClock : FakeTimeProvider
    {
        private int _calls;

        public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Increment(ref _calls) * TimeSpan.FromMinutes(6).Ticks);
    }

    private sealed class CancellingClock(CancellationTokenSource stop) : FakeTimeProvider
    {
        private int _calls;

        public override long GetTimestamp()
        {
            if (Interlocked.Increment(ref _calls) == 2)
                stop.Cancel();
            return base.GetTimestamp();
        }
    }
}
