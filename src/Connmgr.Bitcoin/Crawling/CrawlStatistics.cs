namespace Connmgr.Bitcoin;

/// <summary>Counts of a <see cref="NetworkCrawler"/> at one moment, of this process alone. Immutable.</summary>
public sealed record CrawlStatistics
{
    /// <summary>The number of visits that are under way, without those whose failure is in doubt.</summary>
    public required int Active { get; init; }

    /// <summary>The number of visits that were completed.</summary>
    public required long Visits { get; init; }

    /// <summary>The number of those that reached their node.</summary>
    public required long Reached { get; init; }

    /// <summary>The number of visits without effect: their lease was lost, another process held the address, or the crawl was stopped.</summary>
    public required long Abandoned { get; init; }

    /// <summary>True when the last call of the frontier succeeded.</summary>
    public required bool IsFrontierAvailable { get; init; }

    /// <summary>True while nothing answers: the network of this machine seems to be down, and visits pause.</summary>
    public bool IsOutage { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(CrawlStatistics), PrintMembers);
}
