using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>
/// A file of bans to import: a banlist.json, the output of Bitcoin Core's listbanned, or a text with a <c>setban</c> command, a subnet or
/// an address per line.
/// </summary>
/// <param name="Bans">The bans.</param>
/// <param name="Invalid">The number of entries that are not bans.</param>
/// <param name="Reasons">The faults of the first of these entries.</param>
internal sealed record BanImportFile(ImmutableArray<Ban> Bans, int Invalid, ImmutableArray<string> Reasons)
{
    private const int MaxReasons = 5;
    private const int MaxTextLength = 64 << 20;

    /// <summary>The most entries of a file: more than any list takes.</summary>
    private const int MaxEntries = 500_000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeProvider">The clock. Durations count from its time.</param>
    /// <param name="duration">The duration of bans for which the file has none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ToolException">The file can't be read, or has none of these formats.</exception>
    public static async Task<BanImportFile> ReadAsync(string path, TimeProvider timeProvider, TimeSpan duration, CancellationToken cancellationToken)
    {
        try
        {
            var start = TextFile.From(await NamedFile.ReadStartAsync(path, count: 4096, cancellationToken).ConfigureAwait(false)).ToString().TrimStart();
            if (start.Length == 0)
                throw new ToolException($"'{path}' is empty: there is nothing to import.");
            return start[0] is '{' or '['
                ? await ReadJsonAsync(path, timeProvider, cancellationToken).ConfigureAwait(false)
                : ReadText(path, await TextFile.ReadAsync(path, MaxTextLength, cancellationToken).ConfigureAwait(false), timeProvider.GetUtcNow(), duration);
        }
        catch (AddressFileException exception)
        {
            throw new ToolException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Reads the file into a list without limits. Only the limits of the list to which the bans are added count.</summary>
    private static async Task<BanImportFile> ReadJsonAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var options = new BanListOptions { TimeProvider = timeProvider, MaxCount = int.MaxValue, MaxByMisbehavior = int.MaxValue };
        var loaded = await BanListFile.LoadAsync(path, options, cancellationToken).ConfigureAwait(false);
        return new(
            loaded.Bans.GetBans(),
            loaded.RejectedCount,
            [.. loaded.Rejected.Take(MaxReasons).Select(dropped => SafeText.Line($"entry {dropped.Index + 1}: {dropped.Reason}"))]);
    }

    private static BanImportFile ReadText(string path, TextFile text, DateTimeOffset now, TimeSpan duration)
    {
        if (text.IsBinary)
            throw new ToolException($"'{path}' is not a text: import a banlist.json, the output of 'bitcoin-cli listbanned', or a list with one address or subnet per line.");
        var bans = ImmutableArray.CreateBuilder<Ban>();
        var reasons = ImmutableArray.CreateBuilder<string>();
        var invalid = 0;
        foreach (var line in text.Lines(remarks: "#;"))
        {
            if (BanLine.TryParse(line.Text, now, duration, out var ban, out var fault))
            {
                if (bans.Count == MaxEntries)
                    throw new ToolException($"'{path}' has more than {MaxEntries} bans: leave some out, or ban subnets instead.");
                bans.Add(ban);
            }
            else
            {
                invalid++;
                if (reasons.Count < MaxReasons)
                    reasons.Add(SafeText.Line($"line {line.Number}: {fault}"));
            }
        }

        return new(bans.ToImmutable(), invalid, reasons.ToImmutable());
    }
}
