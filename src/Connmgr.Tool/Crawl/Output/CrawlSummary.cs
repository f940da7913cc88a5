namespace Connmgr.Tool;

/// <summary>
/// The summary of a round of <c>connmgr crawl</c>. The property names are those of the JSON. docs/reference/crawl-files.md is the contract: fields
/// are added to it, never changed.
/// </summary>
internal sealed record CrawlSummary
{
    /// <summary>The name of the chain, such as <c>main</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The number of the round, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>The start of the round.</summary>
    public required string Started { get; init; }

    /// <summary>The end of the round.</summary>
    public required string Ended { get; init; }

    /// <summary>The duration of the round.</summary>
    public required double Seconds { get; init; }

    /// <summary>The number of known addresses.</summary>
    public required long Addresses { get; init; }

    /// <summary>The number of visits in the round.</summary>
    public required long Visits { get; init; }

    /// <summary>The number of nodes whose last visit reached them.</summary>
    public required long Reachable { get; init; }

    /// <summary>The share of the known addresses that are reachable, 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>The reachable nodes by network of their addresses.</summary>
    public required IReadOnlyList<CountItem> Networks { get; init; }

    /// <summary>The reachable nodes by user agent, the most frequent first.</summary>
    public required IReadOnlyList<CountItem> UserAgents { get; init; }

    /// <summary>The number of different user agents.</summary>
    public required int UserAgentCount { get; init; }

    /// <summary>The reachable nodes by service, each node at every service that it offers.</summary>
    public required IReadOnlyList<CountItem> Services { get; init; }

    /// <summary>The reachable nodes by all their services together, the most frequent first.</summary>
    public required IReadOnlyList<CountItem> ServiceSets { get; init; }

    /// <summary>The reachable nodes by autonomous system, the most frequent first; null without an AS map.</summary>
    public IReadOnlyList<CountItem>? AutonomousSystems { get; init; }

    /// <summary>The number of different autonomous systems; null without an AS map.</summary>
    public int? AutonomousSystemCount { get; init; }

    /// <summary>The reachable nodes by protocol version, the most frequent first.</summary>
    public required IReadOnlyList<CountItem> ProtocolVersions { get; init; }

    /// <summary>The reachable nodes by transport.</summary>
    public required IReadOnlyList<CountItem> Transports { get; init; }

    /// <summary>The reachable nodes by the difference of their height from the median.</summary>
    public required IReadOnlyList<CountItem> Heights { get; init; }

    /// <summary>The median height; null when no node sent one.</summary>
    public int? MedianHeight { get; init; }

    /// <summary>The round trip, in milliseconds, that half of the reachable nodes do not exceed; null without nodes.</summary>
    public int? MedianMilliseconds { get; init; }

    /// <summary>The round trip, in milliseconds, that nine of ten reachable nodes do not exceed; null without nodes.</summary>
    public int? NinthDecileMilliseconds { get; init; }

    /// <summary>The visits of this process in the round that failed, by phase and cause, the most frequent first.</summary>
    public required IReadOnlyList<CountItem> Failures { get; init; }

    /// <summary>The zone that was written; null for none.</summary>
    public ZoneItem? Zone { get; init; }
}

/// <summary>A number of nodes or visits. The property names are those of the JSON.</summary>
/// <param name="Name">The name of what they have in common.</param>
/// <param name="Count">The number.</param>
internal sealed record CountItem(string Name, int Count);

/// <summary>A zone that was written. The property names are those of the JSON.</summary>
/// <param name="Name">The name of the zone.</param>
/// <param name="Serial">The serial number.</param>
/// <param name="Good">The number of good nodes.</param>
/// <param name="Names">The number of names.</param>
/// <param name="Records">The number of A and AAAA records.</param>
internal sealed record ZoneItem(string Name, uint Serial, int Good, int Names, int Records);
