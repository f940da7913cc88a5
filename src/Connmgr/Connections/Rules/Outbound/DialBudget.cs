namespace Connmgr.Rules;

/// <summary>The bucket from which automatic dials take a token each, with the limits that <see cref="DialPace"/> gives it.</summary>
internal sealed class DialBudget
{
    private readonly TokenBucket _bucket;
    private (double Burst, double PerSecond) _limits;

    public DialBudget(RulesOptions options)
    {
        Pace = new DialPace(options.Manager.DialBurst, options.Manager.DialsPerSecond);
        _limits = Pace.LimitsOf(options.Manager.TargetOutbound, options.Manager.TargetOutbound);
        _bucket = new TokenBucket(_limits.Burst, _limits.PerSecond);
    }

    public DialPace Pace { get; }

    /// <summary>Fits the limits to the slots.</summary>
    public void Fit(DialSlots slots, TimeSpan now)
    {
        if (slots is { Vacant: <= 0, Target: > 0 })
            Pace.Filled();
        var limits = Pace.LimitsOf(slots.Target, slots.Vacant);
        if (limits == _limits)
            return;
        _limits = limits;
        _bucket.SetLimits(limits.Burst, limits.PerSecond, now);
    }

    public bool HasToken(TimeSpan now) => _bucket.HasToken(now);

    public bool TryTake(TimeSpan now) => _bucket.TryTake(now);

    public TimeSpan NextTokenAt(TimeSpan now) => _bucket.NextTokenAt(now);
}
