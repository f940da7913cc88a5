namespace Connmgr.Rules;

/// <summary>The rates of inbound connections: one for each source, and in a flood a share of all that is refused.</summary>
internal sealed class AcceptRates(Random random)
{
    /// <summary>The tokens that each source has taken and that were not refilled yet; one per accepted connection.</summary>
    private readonly AcceptBuckets _buckets = new();

    /// <summary>The tokens that were returned to each source, which are limited in the same way.</summary>
    private readonly AcceptBuckets _givenBack = new();

    private readonly FloodGauge _flood = new();

    /// <summary>Determines whether there is a flood: too many connections were accepted within the last minute.</summary>
    public bool IsFlooded(InboundLimits limits, TimeSpan now)
    {
        _flood.AdvanceTo(now);
        return _flood.Count > limits.FloodThreshold;
    }

    /// <summary>Checks whether another connection is allowed now, without taking a token.</summary>
    public ConnectFailureCause Check(in InboundAttempt attempt, InboundLimits limits, TimeSpan now)
    {
        if (attempt.Source is not { } source)
            return ConnectFailureCause.None;
        var listener = attempt.Listener;
        var isFlooded = IsFlooded(limits, now);
        var rate = GetRate(listener, limits);
        if (rate.IsUnlimited)
            return ConnectFailureCause.None;
        if (!_buckets.HasToken(GetBucket(source, listener, isFlooded), rate, now))
            return ConnectFailureCause.RateLimit;
        return isFlooded && !listener.Profile.IsOverlay && random.NextDouble() < FloodGauge.ShareRefused(_flood.Count, limits.FloodThreshold)
            ? ConnectFailureCause.FloodLimit
            : ConnectFailureCause.None;
    }

    /// <summary>Takes the token of a checked connection once its admission is certain.</summary>
    public void Take(in InboundAttempt attempt, InboundLimits limits, TimeSpan now)
    {
        if (attempt.Source is not { } source || GetRate(attempt.Listener, limits) is not { IsUnlimited: false } rate)
            return;
        _buckets.Take(GetBucket(source, attempt.Listener, IsFlooded(limits, now)), rate, now);
        if (!attempt.Listener.Profile.IsOverlay)
            _flood.Accepted(now);
    }

    /// <summary>
    /// Returns the token of a connection that only showed that the peer must connect again. A source gets back as many tokens as its rate
    /// allows, so that it can connect at most twice as often.
    /// </summary>
    public void GiveBack(Link link, InboundLimits limits, TimeSpan now)
    {
        if (link.Facts is not { Source: { } source, RatedListener: { } listener } || GetRate(listener, limits) is not { IsUnlimited: false } rate)
            return;
        var bucket = GetBucket(source, listener, IsFlooded(limits, now));
        if (!_givenBack.HasToken(bucket, rate, now))
            return;
        _givenBack.Take(bucket, rate, now);
        _buckets.GiveBack(bucket, rate, now);
    }

    private static AcceptRate GetRate(ListenerInfo listener, InboundLimits limits) => listener.Profile is { IsOverlay: true } profile
        ? new(profile.AcceptsPerSecond, profile.AcceptBurst)
        : new(limits.AcceptsPerSecond, limits.AcceptBurst);

    /// <summary>Gets the bucket: a host's; in a flood, that of all its neighbours together. The lengths are dcrd's.</summary>
    private static SourcePrefix GetBucket(in InboundSource source, ListenerInfo listener, bool isFlooded)
    {
        if (listener.Profile.IsOverlay)
            return source.Host;
        return isFlooded ? source.Host.Shortened(24, 56) : source.Host.Shortened(32, 64);
    }
}
