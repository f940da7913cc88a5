using System.Collections.Immutable;
using System.Globalization;

namespace Connmgr.Bitcoin;

/// <summary>
/// Lets go of anchors that may be what ends the program: those that were there at several starts in a row each after a run that did not end
/// cleanly. Without it, a peer that crashes us would be dialled first, for ever. Its record is a file with a line for each anchor. Without
/// state or I/O.
/// </summary>
internal static class AnchorGuard
{
    /// <summary>At that many it is not dialled first any more; the book may still know it.</summary>
    public const int MaxUncleanStarts = 3;

    /// <summary>The anchors to begin with, each with its number of unclean ends in a row.</summary>
    /// <param name="anchors">Those that the last run left.</param>
    /// <param name="record">What <see cref="Write"/> wrote when it began; null: it ended cleanly.</param>
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

    /// <summary>The record of a run.</summary>
    public static string Write(IEnumerable<(PeerAddress Anchor, int UncleanEnds)> anchors) =>
        string.Concat(anchors.Select(static guarded => string.Create(CultureInfo.InvariantCulture, $"{guarded.UncleanEnds} {guarded.Anchor.EndPoint}\n")));

    /// <summary>Lines that make no sense are passed over: they were being written when the program ended.</summary>
    private static Dictionary<NetworkEndPoint, int> Read(string record)
    {
        var ends = new Dictionary<NetworkEndPoint, int>();
        foreach (var line in record.Split('\n').Take(AnchorsFile.MaxAnchors))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0
                && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && NetworkEndPoint.TryParse(line.AsSpan(space + 1), provider: null, out var endPoint))
            {
                ends[endPoint] = Math.Min(count, MaxUncleanStarts);
            }
        }

        return ends;
    }
}
