using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>The summaries of a crawl, for its report. Bounded; texts are safe to print, whatever is in the files.</summary>
/// <param name="Summaries">
/// The summaries, the oldest first, at least one and at most <see cref="LineChart.MaxPoints"/>. All but the last have no lists but that of networks.
/// </param>
internal sealed record CrawlReport(ImmutableArray<CrawlSummary> Summaries)
{
    private const int MaxSummaryLength = 1 << 20;

    /// <summary>The most elements of a list, above those that a crawl writes.</summary>
    private const int MaxItems = 1000;

    /// <summary>The summary of the last round.</summary>
    public CrawlSummary Last => Summaries[^1];

    /// <summary>Reads the last summary of a folder, and as many of the others as a chart shows, at equal distances.</summary>
    /// <remarks>Those that are damaged, can't be read or are of another network than the last are left out.</remarks>
    /// <exception cref="ToolException">There is none, or the folder can't be read.</exception>
    public static async Task<CrawlReport> ReadAsync(CrawlFolder folder, CancellationToken cancellationToken)
    {
        var files = GetFiles(folder);
        CrawlSummary? last = null;
        var before = files.Length;
        while (before > 0 && last is null)
            last = await TryReadAsync(files[--before], cancellationToken).ConfigureAwait(false);
        if (last is null)
            throw new ToolException($"'{folder.Summaries}' has no summary that can be read: wait until the first round of the crawl has ended.");

        var summaries = new List<CrawlSummary>();
        foreach (var file in LineChart.Thin(files.Take(before), LineChart.MaxPoints - 1))
        {
            if (await TryReadAsync(file, cancellationToken).ConfigureAwait(false) is { } summary && string.Equals(summary.Network, last.Network, StringComparison.Ordinal))
                summaries.Add(ToPoint(summary));
        }

        return new([.. summaries, last]);
    }

    /// <summary>Gets the time of the end of a round.</summary>
    public static DateTimeOffset GetTime(CrawlSummary summary) => DateTimeOffset.Parse(summary.Ended, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Gets the lists of a summary that are worth showing, with their titles.</summary>
    public static IEnumerable<(string Title, string Column, IReadOnlyList<CountItem> Items)> GetLists(CrawlSummary summary)
    {
        yield return ("Networks", "Network", summary.Networks);
        yield return ($"User agents ({summary.UserAgentCount} different)", "User agent", summary.UserAgents);
        yield return ("Services", "Service", summary.Services);
        yield return ("Services together", "Services", summary.ServiceSets);
        if (summary.AutonomousSystems is { } systems)
            yield return ($"Autonomous systems ({summary.AutonomousSystemCount} different)", "System", systems);
        yield return (summary.MedianHeight is { } height ? $"Heights (median {height})" : "Heights", "Height", [.. summary.Heights.Where(static item => item.Count > 0)]);
        yield return ("Transports", "Transport", summary.Transports);
        yield return ("Protocol versions", "Version", summary.ProtocolVersions);
        yield return ("Failed visits", "Phase and cause", summary.Failures);
    }

    /// <summary>Parses a summary, and makes its texts safe.</summary>
    /// <returns>The summary; null when it is damaged: a crawl does not write such values.</returns>
    internal static CrawlSummary? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CrawlJson.Default.CrawlSummary) is { } summary && IsValid(summary)
                && TryParse(summary.Started) is { } started && TryParse(summary.Ended) is { } ended
                ? summary with
                {
                    Network = SafeText.Line(summary.Network),
                    Started = EventJson.Time(started),
                    Ended = EventJson.Time(ended),
                    Networks = Safe(summary.Networks),
                    UserAgents = Safe(summary.UserAgents),
                    Services = Safe(summary.Services),
                    ServiceSets = Safe(summary.ServiceSets),
                    AutonomousSystems = summary.AutonomousSystems is { } systems ? Safe(systems) : null,
                    ProtocolVersions = Safe(summary.ProtocolVersions),
                    Transports = Safe(summary.Transports),
                    Heights = Safe(summary.Heights),
                    Failures = Safe(summary.Failures),
                    Zone = summary.Zone is { } zone ? zone with { Name = SafeText.Line(zone.Name) } : null,
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ImmutableArray<string> GetFiles(CrawlFolder folder)
    {
        try
        {
            return CrawlFolder.GetFiles(folder.Summaries);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read the results of the crawl: {exception.Message}", exception);
        }
    }

    private static async Task<CrawlSummary?> TryReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return Parse((await NamedFile.ReadAsync(file, MaxSummaryLength, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // Too long, or deleted since: a crawl deletes the oldest.
        }
    }

    private static bool IsValid(CrawlSummary summary) =>
        summary is { Round: > 0, Addresses: >= 0, Visits: >= 0, Reachable: >= 0, Share: >= 0 and <= 1, UserAgentCount: >= 0 }
        && summary is { AutonomousSystemCount: null or >= 0, MedianHeight: null or >= 0, MedianMilliseconds: null or >= 0, NinthDecileMilliseconds: null or >= 0 }
        && summary.Seconds >= 0 && double.IsFinite(summary.Seconds)
        && summary.Zone is null or { Good: >= 0, Names: >= 0, Records: >= 0 }
        && GetAll(summary).All(IsValid);

    private static IEnumerable<IReadOnlyList<CountItem?>> GetAll(CrawlSummary summary) =>
    [
        summary.Networks, summary.UserAgents, summary.Services, summary.ServiceSets, summary.AutonomousSystems ?? [], summary.ProtocolVersions,
        summary.Transports, summary.Heights, summary.Failures,
    ];

    // The reader of JSON refuses a name that is null, but no element that is.
    private static bool IsValid(IReadOnlyList<CountItem?> items) => items.Count <= MaxItems && items.All(static item => item is { Count: >= 0 });

    private static DateTimeOffset? TryParse(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? parsed : null;

    private static CrawlSummary ToPoint(CrawlSummary summary) => summary with
    {
        UserAgents = [],
        Services = [],
        ServiceSets = [],
        AutonomousSystems = null,
        ProtocolVersions = [],
        Transports = [],
        Heights = [],
        Failures = [],
    };

    private static IReadOnlyList<CountItem> Safe(IReadOnlyList<CountItem> items) => [.. items.Select(static item => item with { Name = SafeText.Line(item.Name) })];
}
