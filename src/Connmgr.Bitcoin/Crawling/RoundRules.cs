namespace Connmgr.Bitcoin;

/// <summary>The times at which addresses and rounds are due. Pure rules; times are ticks.</summary>
internal sealed class RoundRules(FrontierOptions options)
{
    private readonly long _period = options.RevisitPeriod.Ticks;
    private readonly long _longest = Math.Max(1, FrontierOptions.LongestBackoff.Ticks / options.RevisitPeriod.Ticks); // In periods.
    private readonly long _spacing = options.VisitsPerDay == 0 ? 0 : DivideUp(TimeSpan.TicksPerDay, options.VisitsPerDay);

    /// <summary>Gets the time at which an address is due after a visit.</summary>
    /// <param name="roundStart">The start of the round.</param>
    /// <param name="failures">The number of visits in a row that did not reach it; 0 after one that did.</param>
    /// <param name="now">The time.</param>
    /// <returns>The start of the round and a whole number of periods, at least one.</returns>
    public long NextDue(long roundStart, int failures, long now)
    {
        var periods = failures <= 1 ? 1 : Math.Min(_longest, 1L << Math.Min(failures - 1, 40));
        if (_spacing != 0)
            periods = Math.Max(periods, DivideUp(now + _spacing - roundStart, _period));
        return roundStart + (periods * _period);
    }

    /// <summary>Gets the time at which an address is due that a round leaves out.</summary>
    public long NextRound(long roundStart) => roundStart + _period;

    /// <summary>Gets the start of the round after one that is over.</summary>
    public long NextStart(long roundStart, long now) => Math.Max(roundStart + _period, now);

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
