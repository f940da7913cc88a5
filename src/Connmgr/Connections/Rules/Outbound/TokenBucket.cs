namespace Connmgr.Rules;

/// <summary>
/// Bounds how often something is done: at most <c>burst</c> times at once and <c>perSecond</c> times a second in the long run.
/// Starts full; refilled when it is read, so it needs no timer.
/// </summary>
internal sealed class TokenBucket(double burst, double perSecond)
{
    // Beyond any wait, and far from what a TimeSpan can hold.
    private static readonly double LongestWait = TimeSpan.FromDays(365).Ticks;

    private double _burst = burst;
    private double _perSecond = perSecond;

    /// <summary>Tokens that are missing in the full bucket; with fractions, since it refills all the time.</summary>
    private double _used;

    /// <summary>Tokens that were missing beyond a burst that became smaller.</summary>
    private double _setAside;

    /// <summary>The moment for which the two above hold.</summary>
    private TimeSpan _refilledAt;

    /// <summary>
    /// Changes the limits from <paramref name="now"/> on. What was taken beyond a smaller burst is set aside: it does not hold up the
    /// smaller bucket, and is there again when the burst grows, so changing to and fro gives nothing away.
    /// </summary>
    public void SetLimits(double burst, double perSecond, TimeSpan now)
    {
        Refill(now);
        (_burst, _perSecond) = (burst, perSecond);
        var total = _used + _setAside;
        _used = Math.Min(total, burst);
        _setAside = total - _used;
    }

    /// <summary>Determines whether there is a token.</summary>
    public bool HasToken(TimeSpan now)
    {
        Refill(now);
        return _used + 1 <= _burst;
    }

    /// <summary>Takes a token, when there is one.</summary>
    public bool TryTake(TimeSpan now)
    {
        if (!HasToken(now))
            return false;
        _used++;
        return true;
    }

    /// <summary>Gets the moment when there will be a token, rounded up so that there is one then; in a year when it takes longer.</summary>
    public TimeSpan NextTokenAt(TimeSpan now) => HasToken(now)
        ? now
        : now + TimeSpan.FromTicks((long)Math.Min(Math.Ceiling((_used + 1 - _burst) / _perSecond * TimeSpan.TicksPerSecond) + 1, LongestWait));

    private void Refill(TimeSpan now)
    {
        // Without a limit it is full at any time, also when none has passed.
        var refilled = double.IsPositiveInfinity(_perSecond) ? _perSecond : (now - _refilledAt).TotalSeconds * _perSecond;
        _setAside = Math.Max(0, _setAside - Math.Max(0, refilled - _used));
        _used = Math.Max(0, _used - refilled);
        _refilledAt = now;
    }
}
