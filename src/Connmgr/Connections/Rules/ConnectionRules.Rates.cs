namespace Connmgr.Rules;

/// <summary>How often inbound connections come: a rate for each source, and what a flood changes.</summary>
internal sealed partial class ConnectionRules
{
    private readonly AcceptBuckets _buckets = new();
    private readonly FloodGauge _flood = new();

    public AcceptBuckets Buckets => _buckets;

    /// <summary>Whether more were accepted within the last minute than is usual.</summary>
    public bool IsFlooded(TimeSpan now)
    {
        _flood.Settle(now);
        return _flood.Count > Limits.FloodThreshold;
    }

    private ConnectFailureCause CheckRate(in Arrival arrival, TimeSpan now)
    {
        if (!arrival.IsRateLimited)
            return ConnectFailureCause.None;
        var isFlooded = IsFlooded(now);
        var rate = RateOf(arrival);
        if (!double.IsFinite(rate.PerSecond))
            return ConnectFailureCause.None;
        if (!_buckets.HasToken(BucketOf(arrival, isFlooded), rate, now))
            return ConnectFailureCause.RateLimit;
        return isFlooded && !arrival.Door.Profile.IsOnion && _options.Random.NextDouble() < FloodGauge.ShareRefused(_flood.Count, Limits.FloodThreshold)
            ? ConnectFailureCause.Flood
            : ConnectFailureCause.None;
    }

    /// <summary>What the checked arrival uses up, once it is certain that it is admitted.</summary>
    private void TakeToken(in Arrival arrival, TimeSpan now)
    {
        if (!arrival.IsRateLimited || RateOf(arrival) is not { PerSecond: < double.PositiveInfinity } rate)
            return;
        _buckets.Take(BucketOf(arrival, IsFlooded(now)), rate, now);
        if (!arrival.Door.Profile.IsOnion)
            _flood.Accepted(now);
    }

    private AcceptRate RateOf(in Arrival arrival) => arrival.Door.Profile is { IsOnion: true } profile
        ? new(profile.AcceptsPerSecond, profile.AcceptBurst)
        : new(Limits.AcceptsPerSecond, Limits.AcceptBurst);

    /// <summary>A host; in a flood, all of its neighbours together. The lengths are dcrd's.</summary>
    private static SourcePrefix BucketOf(in Arrival arrival, bool isFlooded)
    {
        var source = arrival.Source!.Value.Host;
        if (arrival.Door.Profile.IsOnion)
            return source;
        return isFlooded ? source.Shortened(24, 56) : source.Shortened(32, 64);
    }
}
