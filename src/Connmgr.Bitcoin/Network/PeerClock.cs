namespace Connmgr.Bitcoin;

/// <summary>
/// Tells by what outbound peers say of the time whether the system's clock can be relied on: it can once it has been within
/// <see cref="MaxOffset"/> of the median of the last <see cref="Groups"/> netgroups for <see cref="TrustedAfter"/>. What they said is
/// carried on by the clock that nobody sets, so that a step of the other shows at once. Thread-safe.
/// </summary>
internal sealed class PeerClock(TimeProvider time)
{
    /// <summary>The netgroups whose median counts: as many as it takes that two of them can lie.</summary>
    public const int Groups = 5;

    /// <summary>Bitcoin Core's bound for what it once corrected its clock by.</summary>
    public static readonly TimeSpan MaxOffset = TimeSpan.FromMinutes(70);

    /// <summary>How long the clock has to be right.</summary>
    public static readonly TimeSpan TrustedAfter = TimeSpan.FromHours(1);

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock = new(time);

    // The last groups, the newest at the end: the time that a peer of each said it was at the origin.
    private readonly List<(Netgroup Group, TimeSpan AtOrigin)> _samples = [];

    private TimeSpan? _rightSince;

    /// <summary>Takes what an outbound peer says the time is.</summary>
    /// <param name="group">The netgroup of the peer, of which the last word counts.</param>
    /// <param name="seconds">The time, in seconds since 1970.</param>
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

    /// <summary>Gets a value that indicates whether the clock can be relied on.</summary>
    public bool IsTrusted()
    {
        lock (_lock)
        {
            var now = _clock.Now;
            UpdateLocked(now);
            return _rightSince is { } since && now - since >= TrustedAfter;
        }
    }

    private void UpdateLocked(TimeSpan now)
    {
        if (_samples.Count < Groups)
            return;
        var median = _samples.Select(static sample => sample.AtOrigin).Order().ElementAt(Groups / 2) + now;
        var offset = time.GetUtcNow() - DateTimeOffset.UnixEpoch - median;
        _rightSince = offset.Duration() <= MaxOffset ? _rightSince ?? now : null;
    }
}
