using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Summarizes the nodes that a round has reached. The size of a summary does not depend on theirs. Pure.</summary>
internal static class SummaryRules
{
    /// <summary>The most names of a list; the rest is counted as <see cref="Other"/>.</summary>
    public const int MaxNames = 50;

    /// <summary>The name of the rest.</summary>
    public const string Other = "other";

    /// <summary>The name of addresses for which the AS map has no number.</summary>
    public const string NoAutonomousSystem = "none";

    private const string NoHeight = "unknown";

    /// <summary>The lower bounds of the groups of heights, relative to the median, the lowest first.</summary>
    private static readonly (int Least, string Name)[] HeightGroups =
    [
        (int.MinValue, "more than 2016 behind"), (-2016, "145 to 2016 behind"), (-144, "7 to 144 behind"), (-6, "1 to 6 behind"), (0, "median"),
        (1, "1 to 6 ahead"), (7, "more than 6 ahead"),
    ];

    /// <summary>Creates the summary of a round.</summary>
    /// <param name="chain">The name of the chain.</param>
    /// <param name="round">The round.</param>
    /// <param name="nodes">The nodes that the last visit reached.</param>
    /// <param name="map">The AS map; null for none.</param>
    /// <param name="failures">The visits that failed.</param>
    public static CrawlSummary Create(string chain, CrawlRound round, IReadOnlyCollection<CrawledNode> nodes, AsMap? map, IReadOnlyList<CountItem> failures)
    {
        var heights = nodes.Select(static node => node.Height).Where(static height => height >= 0).Order().ToArray();
        int? median = heights.Length == 0 ? null : heights[heights.Length / 2];
        var times = nodes.Select(static node => node.Milliseconds).Order().ToArray();
        var systems = map is null ? null : nodes.Select(node => map.GetAutonomousSystem(node.EndPoint.Address)).ToArray();
        return new CrawlSummary
        {
            Network = chain,
            Round = round.Round,
            Started = EventJson.Time(round.Started),
            Ended = EventJson.Time(round.Ended),
            Seconds = Math.Round((round.Ended - round.Started).TotalSeconds, 3),
            Addresses = round.Addresses,
            Visits = round.Visits,
            Reachable = nodes.Count,
            Share = round.Addresses == 0 ? 0 : Math.Round(Math.Min((double)nodes.Count / round.Addresses, 1), 4),
            Networks = Count(nodes.Select(static node => node.EndPoint.Address.Network.ToWord())),
            UserAgents = Count(nodes.Select(static node => node.UserAgent)),
            UserAgentCount = nodes.Select(static node => node.UserAgent).Distinct(StringComparer.Ordinal).Count(),
            Services = Count(nodes.SelectMany(static node => GetWords(node.Services))),
            ServiceSets = Count(nodes.Select(static node => ServiceWords.Format(node.Services))),
            AutonomousSystems = systems is null
                ? null
                : Count(systems.Select(static number => number == 0 ? NoAutonomousSystem : string.Create(CultureInfo.InvariantCulture, $"AS{number}"))),
            AutonomousSystemCount = systems?.Where(static number => number != 0).Distinct().Count(),
            ProtocolVersions = Count(nodes.Select(static node => node.ProtocolVersion.ToString(CultureInfo.InvariantCulture))),
            Transports = Count(nodes.Select(static node => node.IsEncrypted ? "v2" : "v1")),
            Heights = CountHeights(nodes, median),
            MedianHeight = median,
            MedianMilliseconds = times.Length == 0 ? null : times[times.Length / 2],
            NinthDecileMilliseconds = times.Length == 0 ? null : times[times.Length * 9 / 10],
            Failures = failures,
        };
    }

    /// <summary>Counts equal names, the most frequent first, and the rest of a long list together.</summary>
    public static IReadOnlyList<CountItem> Count(IEnumerable<string> names)
    {
        var all = names.CountBy(static name => name, StringComparer.Ordinal).Select(static pair => new CountItem(pair.Key, pair.Value))
            .OrderByDescending(static item => item.Count).ThenBy(static item => item.Name, StringComparer.Ordinal).ToArray();
        return all.Length <= MaxNames ? all : [.. all.Take(MaxNames), new CountItem(Other, all.Skip(MaxNames).Sum(static item => item.Count))];
    }

    private static IEnumerable<string> GetWords(NodeServices services) => services == NodeServices.None
        ? [ServiceWords.None]
        : Enumerable.Range(0, 64).Select(static bit => (NodeServices)(1UL << bit)).Where(bit => services.HasFlag(bit)).Select(ServiceWords.Format);

    private static List<CountItem> CountHeights(IReadOnlyCollection<CrawledNode> nodes, int? median)
    {
        var counts = new int[HeightGroups.Length];
        var unknown = 0;
        foreach (var node in nodes)
        {
            if (node.Height < 0 || median is null)
                unknown++;
            else
                counts[Array.FindLastIndex(HeightGroups, group => node.Height - median.Value >= group.Least)]++;
        }

        var items = HeightGroups.Zip(counts, static (group, count) => new CountItem(group.Name, count)).ToList();
        if (unknown > 0)
            items.Add(new CountItem(NoHeight, unknown));
        return items;
    }
}
