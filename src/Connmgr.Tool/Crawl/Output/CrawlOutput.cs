using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Writes what a crawl finds: each visit as a line, and after each round a snapshot, a summary and the zone of a DNS seed. Of several processes of
/// a fleet, the one that ends a round calls <see cref="EndRoundAsync"/>. The calls for visits are thread-safe, that for the end of a round is not.
/// </summary>
internal sealed class CrawlOutput : IAsyncDisposable
{
    /// <summary>The most bytes of a snapshot: that of a million nodes.</summary>
    private const int MaxSnapshotLength = 512 << 20;

    private readonly CrawlOutputSettings _settings;
    private readonly ZoneWriter? _zone;
    private readonly VisitLog? _visits;
    private readonly CrawlTally _tally = new();

    private CrawlOutput(CrawlOutputSettings settings, ZoneWriter? zone)
    {
        (_settings, _zone) = (settings, zone);
        if (settings.Folder is { } folder)
            _visits = new VisitLog(folder, settings.Limits, settings.TimeProvider);
    }

    /// <summary>Opens the output.</summary>
    /// <exception cref="ToolException">A file can't be used.</exception>
    public static async Task<CrawlOutput> OpenAsync(CrawlOutputSettings settings, CancellationToken cancellationToken)
    {
        var zone = settings.Zone is null
            ? null
            : await ZoneWriter.OpenAsync(settings.Zone, settings.Chain, settings.AsMap ?? (INetgrouper)PrefixNetgrouper.Instance, settings.Random, cancellationToken)
                .ConfigureAwait(false);
        return new CrawlOutput(settings, zone);
    }

    /// <summary>Creates the record that the frontier keeps of a visit; empty when it did not reach the node.</summary>
    public static ReadOnlyMemory<byte> CreateRecord(CrawlVisit visit) => CrawledNode.From(visit)?.Encode() ?? default;

    /// <summary>Writes a visit. Waits while the disk is slower than the crawl.</summary>
    public ValueTask AddAsync(CrawlVisit visit, CancellationToken cancellationToken)
    {
        _tally.Add(visit);
        return _visits?.AddAsync(visit, cancellationToken) ?? ValueTask.CompletedTask;
    }

    /// <summary>Writes the results of a round.</summary>
    /// <param name="round">The round.</param>
    /// <param name="records">The records of the nodes that the last visit reached.</param>
    /// <param name="cancellationToken">Cancels the writing. A file that is being written stays as it was then.</param>
    /// <returns>The summary, and the problems in sentences: a file that can't be written does not end a crawl.</returns>
    public async Task<CrawlResult> EndRoundAsync(CrawlRound round, IAsyncEnumerable<FrontierRecord> records, CancellationToken cancellationToken)
    {
        var lost = _visits is null ? null : await _visits.EndRoundAsync(cancellationToken).ConfigureAwait(false);
        var nodes = new List<CrawledNode>();
        await foreach (var record in records.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (CrawledNode.Decode(record.EndPoint, record.Data.Span) is { } node)
                nodes.Add(node);
        }

        var problems = new List<string>();
        if (lost is not null)
            problems.Add(lost);
        var summary = SummaryRules.Create(_settings.Chain.Name, round, nodes, _settings.AsMap, _tally.Take());
        summary = summary with { Zone = await WriteZoneAsync(nodes, round, problems, cancellationToken).ConfigureAwait(false) };
        if (_settings.Folder is { } folder)
            await WriteAsync(folder, round, nodes, summary, problems, cancellationToken).ConfigureAwait(false);
        return new CrawlResult(summary, problems);
    }

    /// <summary>Writes the visits that are waiting, and ends.</summary>
    /// <returns>The visits since the last round that could not be written, in a sentence; null when there are none.</returns>
    public Task<string?> CloseAsync() => _visits?.CloseAsync() ?? Task.FromResult<string?>(null);

    public ValueTask DisposeAsync() => _visits?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task WriteAsync(
        CrawlFolder folder, CrawlRound round, List<CrawledNode> nodes, CrawlSummary summary, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            var known = await ReadSinceAsync(folder, cancellationToken).ConfigureAwait(false);
            var snapshot = Snapshot.Write(
                nodes, node => known.TryGetValue(node.EndPoint, out var since) && since < node.Time ? since : node.Time, _settings.AsMap);
            var json = JsonSerializer.SerializeToUtf8Bytes(summary, CrawlJson.Default.CrawlSummary);
            await folder.WriteRoundAsync(round.Ended, snapshot, (byte[])[.. json, (byte)'\n'], cancellationToken).ConfigureAwait(false);
            folder.Prune(_settings.Limits);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"can't write the snapshot of round {round.Round}: {exception.Message}");
        }
    }

    private async Task<ZoneItem?> WriteZoneAsync(List<CrawledNode> nodes, CrawlRound round, List<string> problems, CancellationToken cancellationToken)
    {
        if (_zone is null)
            return null;
        try
        {
            var outcome = await _zone.WriteAsync(nodes, round.Ended, cancellationToken).ConfigureAwait(false);
            if (outcome.IsOutage)
                problems.Add($"round {round.Round} reached under a quarter of the nodes that were up before: the zone was not written.");
            else if (outcome.Entries.IsEmpty)
                problems.Add($"round {round.Round} has found no good node: the zone was not written.");
            return new ZoneItem(
                _settings.Zone!.Name, outcome.Serial, outcome.Good, outcome.Entries.Length, outcome.Entries.Sum(static entry => entry.IPv4.Length + entry.IPv6.Length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"can't write the zone: {exception.Message}");
            return null;
        }
    }

    /// <summary>Reads from the last snapshot, which another process may have written, the times since which nodes are reachable.</summary>
    private static async Task<Dictionary<NetworkEndPoint, DateTimeOffset>> ReadSinceAsync(CrawlFolder folder, CancellationToken cancellationToken)
    {
        var times = new Dictionary<NetworkEndPoint, DateTimeOffset>();
        try
        {
            if (CrawlFolder.GetFiles(folder.Snapshots) is not [.., var newest])
                return times;
            foreach (var (endPoint, time) in Snapshot.ReadTimes(await NamedFile.ReadAsync(newest, MaxSnapshotLength, cancellationToken).ConfigureAwait(false)))
                times[endPoint] = time;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // Another program's file. The times begin again.
        }

        return times;
    }
}

/// <summary>The settings of <see cref="CrawlOutput"/>. Immutable.</summary>
internal sealed record CrawlOutputSettings
{
    /// <summary>The chain that is crawled.</summary>
    public required ChainParameters Chain { get; init; }

    /// <summary>The folder for visits, snapshots and summaries; null for none.</summary>
    public CrawlFolder? Folder { get; init; }

    /// <summary>The limits of what the folder keeps.</summary>
    public CrawlFolderLimits Limits { get; init; } = new();

    /// <summary>The zone of a DNS seed; null for none.</summary>
    public ZoneSettings? Zone { get; init; }

    /// <summary>The AS map; null for none.</summary>
    public AsMap? AsMap { get; init; }

    /// <summary>The source of chance for the zone.</summary>
    public required Random Random { get; init; }

    /// <summary>The clock that names the files of visits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>The result of a round.</summary>
/// <param name="Summary">The summary.</param>
/// <param name="Problems">The problems, in sentences.</param>
internal sealed record CrawlResult(CrawlSummary Summary, IReadOnlyList<string> Problems);
