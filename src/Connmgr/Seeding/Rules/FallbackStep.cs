using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>The actions that <see cref="FallbackRules"/> want now, and the time of the next look.</summary>
internal sealed record FallbackStep
{
    /// <summary>The DNS seeds to ask for peers with ordinary services, by their numbers in the plan. They are under way from here on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>True to ask a known peer for addresses. The query counts as begun.</summary>
    public bool AsksPeer { get; init; }

    /// <summary>The time of the next look, even if nothing ends until then. Null when none is needed.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>True when nothing will be asked again.</summary>
    public bool IsDone { get; init; }
}
