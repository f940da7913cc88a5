using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class LeaseClockTests
{
    [Fact]
    public void Now_SystemWasSuspended_GoesOnByItsClock()
    {
        var time = new SuspendedTime();
        var clock = new LeaseClock(time);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), clock.Now);

        time.Suspended = TimeSpan.FromMinutes(10);
        Assert.Equal(TimeSpan.FromSeconds(605), clock.Now);

        time.Suspended = TimeSpan.FromMinutes(-5); // The system's clock is set back.
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(606), clock.Now);
    }

    /// <summary>A clock that may be ahead of its timestamps.</summary>
    private sealed class SuspendedTime : FakeTimeProvider
    {
        public TimeSpan Suspended { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Suspended;

        public override long GetTimestamp() => base.GetTimestamp() - Suspended.Ticks; // Which has the time of GetUtcNow.
    }
}
