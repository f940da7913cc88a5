using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A pace per second in the form of the generic cell rate algorithm: one time is all that a limited thing keeps, so it fits into a table and
/// into a server. The burst is what one second allows, and at least 1. A pure rule; times are ticks.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PaceLimit
{
    private readonly long _interval; // Of two, on average; 0 without a limit.
    private readonly long _tolerance; // The time by which the next may come early.

    /// <summary>Creates the limit.</summary>
    /// <param name="perSecond">The pace; 0 for no limit.</param>
    public PaceLimit(double perSecond)
    {
        if (perSecond == 0)
            return;
        _interval = Math.Max(1, (long)(TimeSpan.TicksPerSecond / perSecond));
        _tolerance = perSecond > 1 ? TimeSpan.TicksPerSecond - _interval : 0;
    }

    /// <summary>True when there is a limit.</summary>
    public bool IsLimited => _interval != 0;

    /// <summary>Gets the time from which one more is allowed.</summary>
    /// <param name="next">The time kept.</param>
    public long AllowedFrom(long next) => next - _tolerance;

    /// <summary>Takes one, which must be allowed.</summary>
    /// <param name="next">The time kept; it is changed.</param>
    /// <param name="now">The time.</param>
    public void Take(ref long next, long now) => next = Math.Max(next, now) + _interval;
}
