using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>The summaries of a crawl, for its report. Texts are safe to print, whatever is in the files.</summary>
/// <param name="Summaries">The summaries, the oldest first, at least one.</param>
internal sealed record CrawlReport(ImmutableArray<CrawlSummary> Summaries)
{
    private const int MaxSummaryLength = 1 << 20;

    /// <summary>The most summaries that are read.</summary>
    private const int MaxSummaries = 10_000;

    /// <summary>The summary of the last round.</summary>
    public CrawlSummary Last => Summaries[^1];

    /// <summary>Reads the summaries of a folder. Those that are damaged or of another network than the last are left out.</summary>
    /// <exception cref="ToolException">There is none, or the folder can't be read.</exception>
    public static async Task<CrawlReport> ReadAsync(CrawlFolder folder, CancellationToken cancellationToken)
    {
        var summaries = new List<CrawlSummary>();
        try
        {
            foreach (var file in CrawlFolder.GetFiles(folder.Summaries).TakeLast(MaxSummaries))
            {
                if (Parse((await NamedFile.ReadAsync(file, MaxSummaryLength, cancellationToken).ConfigureAwait(false)).Span) is { } summary)
                    summaries.Add(summary);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read the results of the crawl: {exception.Message}", exception);
        }

        return summaries is [.., var last]
            ? new([.. summaries.Where(summary => string.Equals(summary.Network, last.Network, StringComparison.Ordinal))])
            : throw new ToolException($"'{folder.Summaries}' has no summary yet: wait until the first round of the crawl has ended.");
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
    /// <returns>The summary; null when it is damaged.</returns>
    internal static CrawlSummary? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CrawlJson.Default.CrawlSummary) is { } summary
                && DateTimeOffset.TryParse(summary.Ended, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
                ? summary with
                {
                    Network = SafeText.Line(summary.Network),
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

    private static IReadOnlyList<CountItem> Safe(IReadOnlyList<CountItem> items) => [.. items.Select(static item => item with { Name = SafeText.Line(item.Name) })];
}
