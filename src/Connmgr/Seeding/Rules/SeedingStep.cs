using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>The actions to take now, and the time of the next decision.</summary>
internal sealed record SeedingStep
{
    /// <summary>The indexes of the DNS seeds to ask. They count as being asked from now on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>The index of the seed node to ask; null for none.</summary>
    public int? Node { get; init; }

    /// <summary>The networks whose fixed seeds must be added.</summary>
    public AddressNetworks Fixed { get; init; }

    /// <summary>The time of the next decision, even if nothing ends until then. Null if none is needed.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>True when nothing will be asked any more.</summary>
    public bool IsDone { get; init; }

    public bool DoesNothing => Dns.IsEmpty && Node is null && Fixed == AddressNetworks.None;
}
