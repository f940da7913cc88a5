namespace Connmgr.Bitcoin;

/// <summary>
/// The time by which leases are held. Some systems stop the source of timestamps while they are suspended, when leases end all the same: so
/// each look moves this clock on by the larger of what passed by timestamps and by the system's clock, and never back, even if the system's
/// clock is set back. Thread-safe.
/// </summary>
internal sealed class LeaseClock
{
    private readonly TimeProvider _time;
    private readonly MonotonicClock _monotonic;
    private readonly Lock _lock = new();

    // Guarded by _lock: both clocks at the last look, and the sum.
    private TimeSpan _lastMonotonic;
    private DateTimeOffset _lastReal;
    private TimeSpan _now;

    public LeaseClock(TimeProvider time)
    {
        _time = time;
        _monotonic = new(time);
        _lastReal = time.GetUtcNow();
    }

    /// <summary>The time since the clock was created.</summary>
    public TimeSpan Now
    {
        get
        {
            lock (_lock)
            {
                var (monotonic, real) = (_monotonic.Now, _time.GetUtcNow());
                var (byTimestamps, bySystem) = (monotonic - _lastMonotonic, real - _lastReal);
                (_lastMonotonic, _lastReal) = (monotonic, real);
                return _now += byTimestamps > bySystem ? byTimestamps : bySystem;
            }
        }
    }
}
