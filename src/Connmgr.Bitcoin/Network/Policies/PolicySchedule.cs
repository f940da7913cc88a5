namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when a feeler is due, and when a connection in addition to the target. The times are exponentially distributed, so that one
/// does not reveal the next. Reads no clock. Not thread-safe.
/// </summary>
internal sealed class PolicySchedule
{
    /// <summary>The wait when something is due that can't be done yet.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(5);

    /// <summary>The wait between two attempts to find a peer while the tip is stale: the pace of Bitcoin Core's connection loop.</summary>
    private static readonly TimeSpan StalePace = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait as a multiple of the mean. Draws far beyond the mean would leave the next time to luck.</summary>
    private const double LongestOfMean = 20;

    /// <summary>The longest single wait. Timers are limited to some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>The longest draw, which stands for never. Longer times could not be added to the present.</summary>
    private static readonly TimeSpan LongestDraw = TimeSpan.FromDays(36_500);

    private readonly Random _random;
    private readonly Due _feeler;
    private readonly Due _extraNetwork;
    private readonly Due _extraBlockRelay;
    private bool _hasTriedFullPeer; // True if the last step was to connect a peer against a stale tip.

    /// <summary>Creates a schedule. Nothing is due at once.</summary>
    public PolicySchedule(PeerPolicies policies, Random random, TimeSpan now)
    {
        _random = random;
        _feeler = Start(policies.FeelerInterval, now);
        _extraNetwork = Start(policies.ExtraNetworkInterval, now);
        _extraBlockRelay = Start(policies.ExtraBlockRelayInterval, now);
    }

    /// <summary>Gets the time until the next decision, at most a day.</summary>
    /// <param name="now">The present.</param>
    /// <param name="isTipStale">True if a report of a stale tip has not led to a further peer yet.</param>
    public TimeSpan GetWait(TimeSpan now, bool isTipStale)
    {
        var next = new[] { _feeler.Next, _extraNetwork.Next, _extraBlockRelay.Next }.Min();
        var wait = next <= now ? Recheck : next - now < LongestWait ? next - now : LongestWait;
        var longest = _hasTriedFullPeer ? StalePace : Recheck;
        return isTipStale && wait > longest ? longest : wait;
    }

    /// <summary>
    /// Decides the next step. As in Bitcoin Core, a peer against a stale tip comes first, then one that relays blocks only, a feeler, and
    /// one of another network.
    /// </summary>
    public PolicyStep Decide(TimeSpan now, in PolicySituation situation)
    {
        var step = DecideStep(now, situation);
        _hasTriedFullPeer = step == PolicyStep.ExtraFull;
        return step;
    }

    private PolicyStep DecideStep(TimeSpan now, in PolicySituation situation)
    {
        if (!situation.IsFull)
            return PolicyStep.Nothing;
        if (situation.NeedsFullPeer)
            return PolicyStep.ExtraFull;
        if (TryTake(_extraBlockRelay, now) && situation.CanAddBlockRelay)
            return PolicyStep.ExtraBlockRelay;
        if (TryTake(_feeler, now))
            return PolicyStep.Feeler;
        return situation.IsNetworkMissing && TryTake(_extraNetwork, now) ? PolicyStep.ExtraNetwork : PolicyStep.Nothing;
    }

    private bool TryTake(Due due, TimeSpan now)
    {
        if (now < due.Next)
            return false;
        due.Next = now + Draw(due.Interval);
        return true;
    }

    private Due Start(TimeSpan? interval, TimeSpan now) => new(interval ?? TimeSpan.Zero)
    {
        Next = interval is { } mean ? now + Draw(mean) : TimeSpan.MaxValue,
    };

    private TimeSpan Draw(TimeSpan mean) =>
        TimeSpan.FromTicks((long)Math.Min(mean.Ticks * Math.Min(-Math.Log(1 - _random.NextDouble()), LongestOfMean), LongestDraw.Ticks));

    /// <summary>The times of one kind of step.</summary>
    private sealed class Due(TimeSpan interval)
    {
        public TimeSpan Interval { get; } = interval;

        public TimeSpan Next { get; set; }
    }
}
