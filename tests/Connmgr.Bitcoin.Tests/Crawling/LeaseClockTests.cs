namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class LeaseClockTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TwoClocks _time = new();

    [Fact]
    public void Now_BothClocksGoOn_IsTheTimeSinceItsCreation()
    {
        var clock = new LeaseClock(_time);
        _time.Advance(Minute, Minute);
        Assert.Equal(Minute, clock.Now);
        Assert.Equal(Minute, clock.Now);
    }

    [Fact]
    public void Now_TheMonotonicClockStandsStillInASuspend_GoesOn()
    {
        var clock = new LeaseClock(_time);
        _time.Advance(TimeSpan.Zero, Minute);
        Assert.Equal(Minute, clock.Now);
    }

    /// <summary>Checks a regression: after the system's clock had been set back by an hour, no suspend of less than an hour counted.</summary>
    [Fact]
    public void Now_TheSystemsClockIsSetBack_GoesOnAndSeesALaterSuspend()
    {
        var clock = new LeaseClock(_time);
        _time.Advance(Minute, -TimeSpan.FromHours(1));
        Assert.Equal(Minute, clock.Now);
        _time.Advance(TimeSpan.Zero, Minute);
        Assert.Equal(2 * Minute, clock.Now);
    }

    /// <summary>A system's clock, and one of timestamps that stops in a suspend.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        private DateTimeOffset _real = DateTimeOffset.UnixEpoch.AddYears(50);
        private long _timestamp = 1000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan monotonic, TimeSpan real)
        {
            _timestamp += monotonic.Ticks;
            _real += real;
        }

        public override DateTimeOffset GetUtcNow() => _real;

        public override long GetTimestamp() => _timestamp;
    }
}
