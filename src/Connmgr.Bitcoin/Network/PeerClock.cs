namespace Connmgr.Bitcoin;

/// <summary>
/// Determines from the clocks of outbound peers whether the system's clock can be trusted. It can once it has been within
/// <see cref="MaxOffset"/> of the median of the last <see cref="Groups"/> netgroups for <see cref="TrustedAfter"/>. The peers' times are
/// advanced by a monotonic clock, so that a step of the system's clock shows at once. Thread-safe.
/// </summary>
internal sealed class PeerClock(TimeProvider time)
{
    /// <summary>The number of netgroups in the median: of five, two can lie.</summary>
    public const int Groups = 5;

    /// <summary>The largest offset, which Bitcoin Core once allowed for its time correction.</summary>
    public static readonly TimeSpan MaxOffset = TimeSpan.FromMinutes(70);

    /// <summary>The time for which the clock has to be right.</summary>
    public static readonly TimeSpan TrustedAfter = TimeSpan.FromHours(1);

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock = new(time);

    // The last groups, the newest at the end. AtOrigin is the peer's time, as a time since 1970, at the moment when _clock was created.
    private readonly List<(Netgroup Group, TimeSpan AtOrigin)> _samples = [];

    private TimeSpan? _rightSince;

    /// <summary>Adds the time of an outbound peer.</summary>
    /// <param name="group">The netgroup of the peer. Its last sample counts.</param>
    /// <param name="seconds">The time according to the peer, in seconds since 1970.</param>
    public void AddSample(Netgroup group, long seconds)
    {
        if (group.IsExempt || seconds < 0 || seconds > LatestSecond)
            return;
        lock (_lock)
        {
            var now = _clock.Now;
            _samples.RemoveAll(sample => sample.Group == group);
            if (_samples.Count == Groups)
                _samples.RemoveAt(0);
            _samples.Add((group, TimeSpan.FromSeconds(seconds) - now));
            UpdateLocked(now);
        }
    }

    /// <summary>Determines whether the clock can be trusted.</summary>
    public bool IsTrusted()
    {
        lock (_lock)
        {
            var now = _clock.Now;
            UpdateLocked(now);
            return _rightSince is { } since && now - since >= TrustedAfter;
        }
    }

    /// <summary>Gets the time by which the system's clock is ahead of the median; below zero if it is behind.</summary>
    /// <returns>Null while fewer than <see cref="Groups"/> netgroups are known.</returns>
    public TimeSpan? GetOffset()
    {
        lock (_lock)
            return GetOffsetLocked(_clock.Now);
    }

    /// <summary>
    /// Forgets the peers' times: in a suspend the monotonic clock stands still, so they are behind afterwards. The clock has to be right for
    /// <see cref="TrustedAfter"/> again, since a clock that was set forward looks like a suspend.
    /// </summary>
    public void Reset()
    {
        lock (_lock)
        {
            _samples.Clear();
            _rightSince = null;
        }
    }

    private void UpdateLocked(TimeSpan now)
    {
        if (GetOffsetLocked(now) is { } offset)
            _rightSince = offset.Duration() <= MaxOffset ? _rightSince ?? now : null;
    }

    private TimeSpan? GetOffsetLocked(TimeSpan now)
    {
        if (_samples.Count < Groups)
            return null;
        var median = _samples.Select(static sample => sample.AtOrigin).Order().ElementAt(Groups / 2) + now;
        return time.GetUtcNow() - DateTimeOffset.UnixEpoch - median;
    }
}
