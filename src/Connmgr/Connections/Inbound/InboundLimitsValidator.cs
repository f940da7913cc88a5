namespace Connmgr;

/// <summary>Checks <see cref="InboundLimits"/>, all at once.</summary>
internal static class InboundLimitsValidator
{
    public static IEnumerable<string> Errors(InboundLimits limits, int targetOutbound)
    {
        if (limits is null)
        {
            yield return "InboundLimits is null: use new InboundLimits() for the defaults.";
            yield break;
        }

        foreach (var (name, value) in Counts(limits))
        {
            if (value < 1)
                yield return Invariant($"InboundLimits.{name} is {value}: use 1 or more, or int.MaxValue for no limit.");
        }

        if (limits.IPv4PrefixLength is < 1 or > 32)
            yield return Invariant($"InboundLimits.IPv4PrefixLength is {limits.IPv4PrefixLength}: use 1 to 32.");
        if (limits.IPv6PrefixLength is < 1 or > 128)
            yield return Invariant($"InboundLimits.IPv6PrefixLength is {limits.IPv6PrefixLength}: use 1 to 128.");
        if (!(limits.AcceptsPerSecond > 0))
            yield return Invariant($"InboundLimits.AcceptsPerSecond is {limits.AcceptsPerSecond}: use more than 0, or double.PositiveInfinity for no limit.");
        if (limits.AllowedBudget < 0)
            yield return Invariant($"InboundLimits.AllowedBudget is {limits.AllowedBudget}: use 0 or more.");
        if (limits.Allowed is null)
            yield return "InboundLimits.Allowed is null: use an empty list for none.";
        else if (limits.Allowed.Any(range => range is null))
            yield return "InboundLimits.Allowed contains null: leave it out.";
        if (limits.MaxConnections < targetOutbound + (long)(limits.Allowed is { Count: > 0 } ? limits.AllowedBudget : 0))
        {
            yield return Invariant($"InboundLimits.MaxConnections is {limits.MaxConnections}, too few for TargetOutbound, {targetOutbound}, and the places of Allowed ranges: ")
                + "raise it, or use null for no limit.";
        }

        if (limits.MinEvictionAge < TimeSpan.Zero || limits.MinEvictionAge > TimeSpan.FromDays(365))
            yield return $"InboundLimits.MinEvictionAge is {limits.MinEvictionAge}: use zero or more, and no more than a year.";
    }

    public static IEnumerable<string> Errors(ListenerProfile profile)
    {
        if (profile is null)
        {
            yield return "A listener's Profile is null: use ListenerProfile.Default.";
            yield break;
        }

        if (profile.MaxConnections < 1)
            yield return Invariant($"ListenerProfile.MaxConnections is {profile.MaxConnections}: use 1 or more, or null for no limit.");
        if (profile.MaxHandshakes < 1)
            yield return Invariant($"ListenerProfile.MaxHandshakes is {profile.MaxHandshakes}: use 1 or more, or int.MaxValue for no limit.");
        if (!(profile.AcceptsPerSecond > 0))
            yield return Invariant($"ListenerProfile.AcceptsPerSecond is {profile.AcceptsPerSecond}: use more than 0, or double.PositiveInfinity for no limit.");
        if (profile.AcceptBurst < 1)
            yield return Invariant($"ListenerProfile.AcceptBurst is {profile.AcceptBurst}: use 1 or more.");
    }

    private static IEnumerable<(string Name, int? Value)> Counts(InboundLimits limits) =>
    [
        (nameof(limits.MaxPerHost), limits.MaxPerHost),
        (nameof(limits.MaxPerPrefix), limits.MaxPerPrefix),
        (nameof(limits.MaxHandshakesPerPrefix), limits.MaxHandshakesPerPrefix),
        (nameof(limits.MaxHandshakes), limits.MaxHandshakes),
        (nameof(limits.MaxConnections), limits.MaxConnections),
        (nameof(limits.AcceptBurst), limits.AcceptBurst),
        (nameof(limits.FloodThreshold), limits.FloodThreshold),
    ];
}
