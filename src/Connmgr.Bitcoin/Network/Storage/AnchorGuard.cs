using System.Collections.Immutable;
using System.Globalization;

namespace Connmgr.Bitcoin;

/// <summary>
/// Drops anchors that may crash the program: those that were present in several runs in a row that did not end cleanly. Otherwise such a
/// peer would be dialled first at each start. The record is a file with one line per anchor. Has neither state nor I/O.
/// </summary>
internal static class AnchorGuard
{
    /// <summary>The number of unclean ends from which on an anchor is not dialled first any more. The book may still have it.</summary>
    public const int MaxUncleanStarts = 3;

    /// <summary>Gets the anchors to start with, each with its number of unclean ends in a row.</summary>
    /// <param name="anchors">The anchors of the last run.</param>
    /// <param name="record">The text of <see cref="Write"/> from the start of the last run; null if that run ended cleanly.</param>
    public static ImmutableArray<(PeerAddress Anchor, int UncleanEnds)> Admit(ImmutableArray<PeerAddress> anchors, string? record)
    {
        var before = Read(record ?? string.Empty);
        return
        [
            .. anchors
                .Select(anchor => (anchor, UncleanEnds: record is null ? 0 : before.GetValueOrDefault(anchor.EndPoint) + 1))
                .Where(static guarded => guarded.UncleanEnds < MaxUncleanStarts),
        ];
    }

    /// <summary>Writes the record of a run.</summary>
    public static string Write(IEnumerable<(PeerAddress Anchor, int UncleanEnds)> anchors) =>
        string.Concat(anchors.Select(static guarded => string.Create(CultureInfo.InvariantCulture, $"{guarded.UncleanEnds} {guarded.Anchor.EndPoint}\n")));

    /// <summary>Reads a record. Malformed lines are skipped; they were being written when the program ended.</summary>
    private static Dictionary<NetworkEndPoint, int> Read(string record)
    {
        var ends = new Dictionary<NetworkEndPoint, int>();
        foreach (var line in record.Split('\n').Take(AnchorsFile.MaxAnchors))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0
                && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && NetworkEndPoint.TryParse(line.AsSpan(space + 1), defaultPort: 0, out var endPoint))
            {
                ends[endPoint] = Math.Min(count, MaxUncleanStarts);
            }
        }

        return ends;
    }
}
