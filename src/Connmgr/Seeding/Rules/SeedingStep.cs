using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>The actions to take now, and the time of the next look.</summary>
internal sealed record SeedingStep
{
    /// <summary>The DNS seeds to ask, by their numbers in the plan. They are under way from here on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>The seed node to ask, by its number; null for none.</summary>
    public int? Node { get; init; }

    /// <summary>The networks whose fixed seeds are to be taken.</summary>
    public AddressNetworks Fixed { get; init; }

    /// <summary>The time of the next look, even if nothing ends until then. Null when none is needed.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>True when nothing will be asked again.</summary>
    public bool IsDone { get; init; }

    public bool DoesNothing => Dns.IsEmpty && Node is null && Fixed == AddressNetworks.None;
}
