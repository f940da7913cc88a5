using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>The actions of <see cref="FallbackRules"/>, and the time of the next decision.</summary>
internal sealed record FallbackStep
{
    /// <summary>The indexes of the DNS seeds to ask for peers with ordinary services. They count as being asked from now on.</summary>
    public ImmutableArray<int> Dns { get; init; } = [];

    /// <summary>True to ask a known peer for addresses. The query counts as started.</summary>
    public bool AsksPeer { get; init; }

    /// <summary>The time of the next decision, even if nothing ends until then. Null if none is needed.</summary>
    public TimeSpan? LookAgainAt { get; init; }

    /// <summary>True when nothing will be asked any more.</summary>
    public bool IsDone { get; init; }
}
