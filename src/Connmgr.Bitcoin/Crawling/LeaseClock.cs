namespace Connmgr.Bitcoin;

/// <summary>
/// The time by which leases are held. Some systems stop the source of timestamps while they are suspended, when leases end all the same: so
/// this clock goes on by the larger of what passed by timestamps and by the system's clock, and never back. Thread-safe.
/// </summary>
internal sealed class LeaseClock(TimeProvider time)
{
    private readonly MonotonicClock _clock = new(time);
    private readonly DateTimeOffset _origin = time.GetUtcNow();
    private long _ahead; // The ticks that the system's clock was ahead at most. Interlocked.

    /// <summary>The time since the clock was created.</summary>
    public TimeSpan Now
    {
        get
        {
            var elapsed = _clock.Now;
            var ahead = (time.GetUtcNow() - _origin - elapsed).Ticks;
            for (var known = Volatile.Read(ref _ahead); ahead > known;)
            {
                var seen = Interlocked.CompareExchange(ref _ahead, ahead, known);
                known = seen == known ? ahead : seen;
            }

            return elapsed + TimeSpan.FromTicks(Volatile.Read(ref _ahead));
        }
    }
}
