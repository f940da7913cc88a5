namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when a feeler is due, and when a connection to a network without peers. The times are exponentially distributed, so that one
/// does not reveal the next. Reads no clock. Not thread-safe.
/// </summary>
internal sealed class PolicySchedule
{
    /// <summary>The wait when something is due that can't be done yet.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait as a multiple of the mean. Draws far beyond the mean would leave the next time to luck.</summary>
    private const double LongestOfMean = 20;

    /// <summary>The longest single wait. Timers are limited to some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>The longest draw, which stands for never. Longer times could not be added to the present.</summary>
    private static readonly TimeSpan LongestDraw = TimeSpan.FromDays(36_500);

    private readonly Random _random;
    private readonly TimeSpan? _feelerInterval;
    private readonly TimeSpan? _extraInterval;
    private TimeSpan _nextFeeler = TimeSpan.MaxValue;
    private TimeSpan _nextExtra = TimeSpan.MaxValue;

    /// <summary>Creates a schedule. Nothing is due at once.</summary>
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

    /// <summary>Gets the time until the next decision, at most a day; null if there is none.</summary>
    public TimeSpan? GetWait(TimeSpan now)
    {
        var next = _nextFeeler < _nextExtra ? _nextFeeler : _nextExtra;
        return next == TimeSpan.MaxValue ? null : next <= now ? Recheck : next - now < LongestWait ? next - now : LongestWait;
    }

    /// <summary>Decides the next step. A feeler comes before a connection to another network, as in Bitcoin Core.</summary>
    /// <param name="now">The present.</param>
    /// <param name="isFull">True if no automatic peer is missing. Policies must not delay these.</param>
    /// <param name="isNetworkMissing">True if there is a network without peers to connect to.</param>
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

/// <summary>The steps that a <see cref="PolicySchedule"/> decides on.</summary>
internal enum PolicyStep
{
    Nothing,
    Feeler,
    ExtraNetwork,
}
