namespace Connmgr.Rules;

/// <summary>
/// Limits the rate of an action: at most <c>burst</c> times at once and <c>perSecond</c> times a second in the long run.
/// Starts full; refilled when it is read, so it needs no timer.
/// </summary>
internal sealed class TokenBucket(double burst, double perSecond)
{
    // Longer than any wait, and far below the maximum of a TimeSpan.
    private static readonly double LongestWait = TimeSpan.FromDays(365).Ticks;

    private double _burst = burst;
    private double _perSecond = perSecond;

    /// <summary>The number of missing tokens, with fractions because the bucket refills continuously.</summary>
    private double _used;

    /// <summary>The number of missing tokens above a burst that was lowered.</summary>
    private double _setAside;

    /// <summary>The time for which these two values are valid.</summary>
    private TimeSpan _refilledAt;

    /// <summary>
    /// Changes the limits from <paramref name="now"/> on. Tokens taken beyond a smaller burst are set aside: they do not delay the smaller
    /// bucket, and count again when the burst grows, so that changing back and forth creates no tokens.
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

    /// <summary>Gets the moment when there will be a token, rounded up so that it is available then; at most a year from now.</summary>
    public TimeSpan NextTokenAt(TimeSpan now) => HasToken(now)
        ? now
        : now + TimeSpan.FromTicks((long)Math.Min(Math.Ceiling((_used + 1 - _burst) / _perSecond * TimeSpan.TicksPerSecond) + 1, LongestWait));

    private void Refill(TimeSpan now)
    {
        // Without a limit it is always full, even if no time has passed.
        var refilled = double.IsPositiveInfinity(_perSecond) ? _perSecond : (now - _refilledAt).TotalSeconds * _perSecond;
        _setAside = Math.Max(0, _setAside - Math.Max(0, refilled - _used));
        _used = Math.Max(0, _used - refilled);
        _refilledAt = now;
    }
}
