using System.Collections.Immutable;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// Writes a zone after each round of a crawl, and keeps the uptimes of its nodes in a file next to it. Both files are replaced whole: a reader finds
/// the old one or the new. The uptimes are read for each round, so that the processes of a fleet can share the files. Not thread-safe.
/// </summary>
internal sealed class ZoneWriter
{
    // A name server often runs as another user.
    private const UnixFileMode ZoneMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ZoneSettings _settings;
    private readonly ChainParameters _chain;
    private readonly INetgrouper _groups;
    private readonly Random _random;

    private ZoneWriter(ZoneSettings settings, ChainParameters chain, INetgrouper groups, Random random) =>
        (_settings, _chain, _groups, _random) = (settings, chain, groups, random);

    /// <summary>Opens a writer, and checks the uptimes that an earlier one has saved.</summary>
    /// <param name="settings">The zone.</param>
    /// <param name="chain">The chain of its nodes.</param>
    /// <param name="groups">The netgroups.</param>
    /// <param name="random">The source of chance.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ToolException">The uptimes can't be read, or are of another chain or a later version.</exception>
    public static async Task<ZoneWriter> OpenAsync(
        ZoneSettings settings, ChainParameters chain, INetgrouper groups, Random random, CancellationToken cancellationToken)
    {
        var writer = new ZoneWriter(settings, chain, groups, random);
        try
        {
            await writer.ReadAsync(cancellationToken).ConfigureAwait(false);
            return writer;
        }
        catch (AddressFileException exception)
        {
            throw new ToolException($"can't use the uptimes of the zone: {exception.Message} Move the file away to start with a new one.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the uptimes '{settings.ScoresPath}' of the zone: {exception.Message}", exception);
        }
    }

    /// <summary>Adds a sample of each node at the end of a round, and writes both files.</summary>
    /// <param name="reached">The nodes that the last visit reached, of any network.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the writing. A file that is being written stays as it was then.</param>
    /// <returns>
    /// The new version of the zone. Without any address, and in an outage of the crawler, no zone is written, and an existing one stays as it is.
    /// </returns>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a file is denied.</exception>
    public async Task<ZoneOutcome> WriteAsync(IReadOnlyCollection<CrawledNode> reached, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (scores, last) = await ReadAsync(cancellationToken).ConfigureAwait(false);
        var isOutage = !scores.AddRound(reached, now);
        var good = scores.SelectGood(reached);
        var entries = isOutage ? [] : ZoneRules.Select(good, _groups, _random);
        var serial = ZoneRules.GetSerial(last, now);

        // Before the zone, so that no serial number is used twice.
        await NamedFile.WriteAsync(_settings.ScoresPath, NodeScoresFile.Write(scores, serial, _chain.Magic.AsSpan()), cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (!entries.IsEmpty)
        {
            var text = Encoding.ASCII.GetBytes(ZoneText.Format(_settings, serial, entries, now));
            await NamedFile.WriteAsync(_settings.Path, text, ZoneMode, cancellationToken).ConfigureAwait(false);
        }

        return new ZoneOutcome(serial, good.Length, entries, isOutage);
    }

    private async Task<(NodeScores Scores, uint Serial)> ReadAsync(CancellationToken cancellationToken)
    {
        var scores = new NodeScores(_chain.DefaultPort);
        var serial = File.Exists(_settings.ScoresPath)
            ? await NodeScoresFile.LoadAsync(_settings.ScoresPath, _chain.Magic, scores, cancellationToken).ConfigureAwait(false)
            : 0;
        return (scores, serial);
    }
}

/// <summary>A version of a zone.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="Good">The number of good nodes, among which the addresses are selected.</param>
/// <param name="Entries">The names with their addresses; none when the zone was not written.</param>
/// <param name="IsOutage">True when the round reached so few nodes that the crawler's own connection has failed.</param>
internal sealed record ZoneOutcome(uint Serial, int Good, ImmutableArray<ZoneEntry> Entries, bool IsOutage);
