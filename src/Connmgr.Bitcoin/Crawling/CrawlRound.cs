namespace Connmgr.Bitcoin;

/// <summary>A round of a crawl that has ended. Immutable.</summary>
public sealed record CrawlRound
{
    /// <summary>The number of the round, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>The start of the round.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The time at which every address that was due had been visited.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>The number of addresses that the frontier knows.</summary>
    public required long Addresses { get; init; }

    /// <summary>The number of visits, of all processes that share the frontier.</summary>
    public required long Visits { get; init; }

    /// <summary>The number of visits that reached their node.</summary>
    public required long Reached { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(CrawlRound), PrintMembers);
}
