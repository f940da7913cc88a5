namespace Connmgr.Bitcoin;

/// <summary>
/// When a feeler is due, and when a connection to a network that has none. Exponentially distributed, so that nobody can tell from one when
/// the next will be. Reads no clock. Not thread-safe.
/// </summary>
internal sealed class PolicySchedule
{
    /// <summary>How soon to look again when something is due that can't be done yet.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(5);

    /// <summary>Draws far beyond the mean would make the next one a matter of luck.</summary>
    private const double LongestOfMean = 20;

    /// <summary>The longest wait at a time: a timer takes some weeks at most.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>As good as never; what is longer would be beyond what can be counted from now on.</summary>
    private static readonly TimeSpan LongestDraw = TimeSpan.FromDays(36_500);

    private readonly Random _random;
    private readonly TimeSpan? _feelerInterval;
    private readonly TimeSpan? _extraInterval;
    private TimeSpan _nextFeeler = TimeSpan.MaxValue;
    private TimeSpan _nextExtra = TimeSpan.MaxValue;

    /// <summary>Begins to count; nothing is due at once.</summary>
    public PolicySchedule(PeerPolicies policies, Random random, TimeSpan now)
    {
        _random = random;
        _feelerInterval = policies.FeelerInterval;
        _extraInterval = policies.ExtraNetworkInterval;
        if (_feelerInterval is { } feelerInterval)
            _nextFeeler = now + Draw(feelerInterval);
        if (_extraInterval is { } extraInterval)
            _nextExtra = now + Draw(extraInterval);
    }

    /// <summary>How long nothing needs to be looked at, a day at most; null: for ever.</summary>
    public TimeSpan? GetWait(TimeSpan now)
    {
        var next = _nextFeeler < _nextExtra ? _nextFeeler : _nextExtra;
        return next == TimeSpan.MaxValue ? null : next <= now ? Recheck : next - now < LongestWait ? next - now : LongestWait;
    }

    /// <summary>What to do now. A feeler comes before a connection to another network, as in Bitcoin Core.</summary>
    /// <param name="now">The present.</param>
    /// <param name="isFull">Whether no automatic peer is missing: nothing of this is to hold up those.</param>
    /// <param name="isNetworkMissing">Whether there is a network to be connected to.</param>
    public PolicyStep Decide(TimeSpan now, bool isFull, bool isNetworkMissing)
    {
        if (!isFull)
            return PolicyStep.Nothing;
        if (now >= _nextFeeler)
        {
            _nextFeeler = now + Draw(_feelerInterval!.Value);
            return PolicyStep.Feeler;
        }

        if (now < _nextExtra || !isNetworkMissing)
            return PolicyStep.Nothing;
        _nextExtra = now + Draw(_extraInterval!.Value);
        return PolicyStep.ExtraNetwork;
    }

    private TimeSpan Draw(TimeSpan mean) =>
        TimeSpan.FromTicks((long)Math.Min(mean.Ticks * Math.Min(-Math.Log(1 - _random.NextDouble()), LongestOfMean), LongestDraw.Ticks));
}

/// <summary>What a <see cref="PolicySchedule"/> wants done.</summary>
internal enum PolicyStep
{
    Nothing,
    Feeler,
    ExtraNetwork,
}
