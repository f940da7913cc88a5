using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>What <see cref="FallbackRules"/> want done now, and when to look again.</summary>
internal sealed record FallbackStep
{
    /// <summary>The DNS seeds to ask for peers with ordinary services, by their numbers in the plan. They are under way from here on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>Whether to ask a known peer for addresses. It is under way from here on.</summary>
    public bool AsksPeer { get; init; }

    /// <summary>When to look again, even though nothing has ended until then. Null when that is of no use.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>Whether nothing will ever be asked again.</summary>
    public bool IsDone { get; init; }
}
