namespace Connmgr.Rules;

/// <summary>How often inbound connections come: a rate for each source, and what a flood changes.</summary>
internal sealed partial class ConnectionRules
{
    private readonly AcceptBuckets _buckets = new();
    private readonly AcceptBuckets _givenBack = new();
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
        if (arrival.Source is null)
            return ConnectFailureCause.None;
        var isFlooded = IsFlooded(now);
        var rate = RateOf(arrival.Door);
        if (!double.IsFinite(rate.PerSecond))
            return ConnectFailureCause.None;
        if (!_buckets.HasToken(BucketOf(arrival.Source!.Value, arrival.Door, isFlooded), rate, now))
            return ConnectFailureCause.RateLimit;
        return isFlooded && !arrival.Door.Profile.IsOnion && _options.Random.NextDouble() < FloodGauge.ShareRefused(_flood.Count, Limits.FloodThreshold)
            ? ConnectFailureCause.Flood
            : ConnectFailureCause.None;
    }

    /// <summary>What the checked arrival uses up, once it is certain that it is admitted.</summary>
    private void TakeToken(in Arrival arrival, TimeSpan now)
    {
        if (arrival.Source is null || RateOf(arrival.Door) is not { PerSecond: < double.PositiveInfinity } rate)
            return;
        _buckets.Take(BucketOf(arrival.Source!.Value, arrival.Door, IsFlooded(now)), rate, now);
        if (!arrival.Door.Profile.IsOnion)
            _flood.Accepted(now);
    }

    /// <summary>
    /// What an inbound connection used up is given back to its source when it only showed that the peer must come again. A source gets back as
    /// much as its rate allows, so that it can at most come twice as often.
    /// </summary>
    private void GiveTokenBack(Link link, TimeSpan now)
    {
        if (link.Facts is not { Source: { } source, RatedDoor: { } door } || RateOf(door) is not { PerSecond: < double.PositiveInfinity } rate)
            return;
        var bucket = BucketOf(source, door, IsFlooded(now));
        if (!_givenBack.HasToken(bucket, rate, now))
            return;
        _givenBack.Take(bucket, rate, now);
        _buckets.GiveBack(bucket, rate, now);
    }

    private AcceptRate RateOf(Door door) => door.Profile is { IsOnion: true } profile
        ? new(profile.AcceptsPerSecond, profile.AcceptBurst)
        : new(Limits.AcceptsPerSecond, Limits.AcceptBurst);

    /// <summary>A host; in a flood, all of its neighbours together. The lengths are dcrd's.</summary>
    private static SourcePrefix BucketOf(in InboundSource source, Door door, bool isFlooded)
    {
        if (door.Profile.IsOnion)
            return source.Host;
        return isFlooded ? source.Host.Shortened(24, 56) : source.Host.Shortened(32, 64);
    }
}
