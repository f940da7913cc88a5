using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>What is to be done now, and when to look again.</summary>
internal sealed record SeedingStep
{
    /// <summary>The DNS seeds to ask, by their numbers in the plan. They are under way from here on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>The seed node to ask, by its number; null for none.</summary>
    public int? Node { get; init; }

    /// <summary>The networks whose fixed seeds are to be taken.</summary>
    public AddressNetworks Fixed { get; init; }

    /// <summary>When to look again, even though nothing has ended until then. Null when that is of no use.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>Whether nothing will ever be asked again.</summary>
    public bool IsDone { get; init; }

    public bool DoesNothing => Dns.IsEmpty && Node is null && Fixed == AddressNetworks.None;
}
