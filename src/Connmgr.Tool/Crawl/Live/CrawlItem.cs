using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// The state of a crawl, for its dashboard. The property names are those of the JSON. docs/guides/crawl.md is the contract: fields are added to
/// it, never changed.
/// </summary>
internal sealed record CrawlItem
{
    /// <summary>The time.</summary>
    public required string Time { get; init; }

    /// <summary>The name of the chain, such as <c>mainnet</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The time since the start of the process.</summary>
    public required double Seconds { get; init; }

    /// <summary>The health.</summary>
    public required CrawlHealth Health { get; init; }

    /// <summary>The name of the fleet; null for none.</summary>
    public string? Fleet { get; init; }

    /// <summary>The round; null before the addresses could be read.</summary>
    public CurrentRoundItem? Round { get; init; }

    /// <summary>The visits a second of this process, over half a minute.</summary>
    public required double Rate { get; init; }

    /// <summary>The visits of this process that are under way.</summary>
    public required int Active { get; init; }

    /// <summary>The visits of this process that were completed.</summary>
    public required long Visits { get; init; }

    /// <summary>The number of those that reached their node.</summary>
    public required long Reached { get; init; }

    /// <summary>The visits of this process without effect.</summary>
    public required long Abandoned { get; init; }

    /// <summary>The visits of this process in the round by network.</summary>
    public required ImmutableArray<NetworkVisitsItem> Networks { get; init; }

    /// <summary>The nodes that this process reached in the round by user agent, the most frequent first.</summary>
    public required ImmutableArray<CountItem> UserAgents { get; init; }

    /// <summary>The visits of this process in the round that failed, by phase and cause, the most frequent first.</summary>
    public required ImmutableArray<CountItem> Failures { get; init; }

    /// <summary>The rounds that this process has ended, the last first.</summary>
    public required ImmutableArray<RoundItem> Rounds { get; init; }

    /// <summary>The notices of this process, the last first.</summary>
    public required ImmutableArray<CrawlNoticeItem> Notices { get; init; }
}

/// <summary>The round that goes on, or is about to begin. The property names are those of the JSON.</summary>
/// <param name="Number">The number of the round, from 1.</param>
/// <param name="Started">The start of the round; in the future between two rounds.</param>
/// <param name="Addresses">The number of known addresses.</param>
/// <param name="Due">The addresses that are due, and not leased.</param>
/// <param name="Leased">The addresses that are being visited, by all processes.</param>
/// <param name="Visits">The visits that were completed, by all processes.</param>
/// <param name="Reached">The number of those that reached their node.</param>
/// <param name="Progress">The share of the round that is done, 0 to 1.</param>
/// <param name="SecondsLeft">The estimate of the time that is left, at the rate of this process; null when it has none.</param>
internal sealed record CurrentRoundItem(
    long Number, string Started, long Addresses, long Due, long Leased, long Visits, long Reached, double Progress, double? SecondsLeft)
{
    public static CurrentRoundItem From(FrontierStatus status, double rate)
    {
        var rest = status.Due + status.Leased;
        var all = status.Completed + rest;
        return new(
            status.Round,
            EventJson.Time(status.RoundStart),
            status.Addresses,
            status.Due,
            status.Leased,
            status.Completed,
            status.Reached,
            all == 0 ? 0 : Math.Round((double)status.Completed / all, 4),
            rate > 0 ? Math.Round(rest / rate, 1) : null);
    }
}

/// <summary>A round that has ended. The property names are those of the JSON.</summary>
/// <param name="Number">The number of the round, from 1.</param>
/// <param name="Ended">The end of the round.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Addresses">The number of known addresses.</param>
/// <param name="Visits">The visits, by all processes.</param>
/// <param name="Reached">The number of those that reached their node.</param>
internal sealed record RoundItem(long Number, string Ended, double Seconds, long Addresses, long Visits, long Reached)
{
    public static RoundItem From(CrawlRound round) => new(
        round.Round, EventJson.Time(round.Ended), Math.Round((round.Ended - round.Started).TotalSeconds, 3), round.Addresses, round.Visits, round.Reached);
}

/// <summary>The visits to one network. The property names are those of the JSON.</summary>
/// <param name="Name">The name of the network.</param>
/// <param name="Visits">The visits.</param>
/// <param name="Reached">The number of those that reached their node.</param>
internal sealed record NetworkVisitsItem(string Name, long Visits, long Reached);

/// <summary>A sentence that the crawl wrote to standard error. The property names are those of the JSON.</summary>
/// <param name="Time">The time.</param>
/// <param name="Text">The sentence.</param>
internal sealed record CrawlNoticeItem(string Time, string Text);
