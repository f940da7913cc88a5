namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when the upgrade may begin a trial: one at a time, and no sooner than the interval after the last began. Reads no clock. Not
/// thread-safe.
/// </summary>
internal sealed class UpgradeSchedule(PeerUpgrade options, TimeSpan now)
{
    /// <summary>The wait when a trial is due, but there is no peer to replace or no candidate.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>The longest single wait. Timers are limited to some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private TimeSpan _due = Add(now, options.Interval);

    /// <summary>True while a trial is under way.</summary>
    public bool IsTrying { get; private set; }

    /// <summary>Gets the time until the next decision.</summary>
    public TimeSpan GetWait(TimeSpan now)
    {
        var wait = _due - now;
        return wait <= TimeSpan.Zero ? Min(Recheck, options.Interval) : Min(wait, LongestWait);
    }

    /// <summary>Begins a trial, if one is due and none is under way.</summary>
    public bool TryBegin(TimeSpan now)
    {
        if (IsTrying || now < _due)
            return false;
        IsTrying = true;
        _due = Add(now, options.Interval);
        return true;
    }

    /// <summary>Ends the trial, whatever its outcome.</summary>
    public void End() => IsTrying = false;

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Add(TimeSpan now, TimeSpan interval) => interval < TimeSpan.MaxValue - now ? now + interval : TimeSpan.MaxValue;
}
