namespace Connmgr;

/// <summary>Waits as timers can do them: in whole milliseconds.</summary>
internal static class TimerWait
{
    /// <summary>
    /// Rounds a wait up. Tasks truncate theirs, so a loop that waits until something is due would spin during the last millisecond, and would never end where time stands still.
    /// </summary>
    /// <param name="wait">The wait; zero and negative ones, which are infinite or errors, remain.</param>
    public static TimeSpan RoundUp(TimeSpan wait)
    {
        const long Most = TimeSpan.TicksPerMillisecond - 1;
        return wait > TimeSpan.Zero && wait.Ticks <= long.MaxValue - Most
            ? new((wait.Ticks + Most) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond)
            : wait;
    }
}
