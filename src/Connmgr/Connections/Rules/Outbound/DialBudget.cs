namespace Connmgr.Rules;

/// <summary>The bucket from which automatic dials take a token each, with the limits that <see cref="DialPace"/> gives it.</summary>
internal sealed class DialBudget
{
    private readonly TokenBucket _bucket;

    /// <summary>The limits that the bucket has.</summary>
    private (double Burst, double PerSecond) _limits;

    /// <param name="burst">The burst that the user chose; null for the pace's own.</param>
    /// <param name="perSecond">The rate that the user chose; null for the pace's own.</param>
    /// <param name="target">The slots at the start, all of them vacant.</param>
    public DialBudget(int? burst, double? perSecond, int target)
    {
        Pace = new DialPace(burst, perSecond);
        _limits = Pace.GetLimits(target, target);
        _bucket = new TokenBucket(_limits.Burst, _limits.PerSecond);
    }

    public DialPace Pace { get; }

    /// <summary>Fits the limits to the slots.</summary>
    public void Fit(DialSlots slots, TimeSpan now)
    {
        if (slots is { Vacant: <= 0, Target: > 0 })
            Pace.Filled(now);
        else
            Pace.Vacated(now);
        var limits = Pace.GetLimits(slots.Target, slots.Vacant);
        if (limits == _limits)
            return;
        _limits = limits;
        _bucket.SetLimits(limits.Burst, limits.PerSecond, now);
    }

    /// <inheritdoc cref="TokenBucket.HasToken"/>
    public bool HasToken(TimeSpan now) => _bucket.HasToken(now);

    /// <inheritdoc cref="TokenBucket.TryTake"/>
    public bool TryTake(TimeSpan now) => _bucket.TryTake(now);

    /// <inheritdoc cref="TokenBucket.NextTokenAt"/>
    public TimeSpan NextTokenAt(TimeSpan now) => _bucket.NextTokenAt(now);
}
