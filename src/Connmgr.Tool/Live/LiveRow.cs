using Spectre.Console;
using Spectre.Console.Rendering;

namespace Connmgr.Tool;

/// <summary>One line of the live view. Text that does not fit is cut off, so that the line never wraps.</summary>
internal sealed class LiveRow(int width) : IRenderable
{
    private readonly List<Segment> _segments = [];
    private int _used;

    /// <summary>Adds a cell of a table, with a space before it.</summary>
    /// <param name="text">The content of the cell.</param>
    /// <param name="cellWidth">The width of the cell; null for the rest of the line.</param>
    /// <param name="isRight">True to align the text to the right.</param>
    /// <param name="style">The style of the text.</param>
    public LiveRow AddCell(string text, int? cellWidth, bool isRight, Style style) =>
        Add(" ", style).Add(Aligned(text, cellWidth ?? width - _used, isRight), style);

    /// <summary>Adds text.</summary>
    public LiveRow Add(string text, Style style)
    {
        var cut = Cut(text, width - _used);
        _used += cut.GetCellWidth();
        if (cut.Length > 0)
            _segments.Add(new Segment(cut, style));
        return this;
    }

    /// <summary>Adds text at the right edge if there is room for it.</summary>
    public LiveRow AddRight(string text, Style style)
    {
        var gap = width - _used - text.GetCellWidth();
        return gap > 0 ? Add(new string(' ', gap), Style.Plain).Add(text, style) : this;
    }

    public Measurement Measure(RenderOptions options, int maxWidth) => new(0, width);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [.. _segments, Segment.LineBreak];

    private static string Aligned(string text, int room, bool isRight)
    {
        var cut = Cut(text, room);
        var padding = new string(' ', Math.Max(room - cut.GetCellWidth(), 0));
        return isRight ? padding + cut : cut + padding;
    }

    private static string Cut(string text, int room)
    {
        if (room <= 0)
            return string.Empty;
        if (text.GetCellWidth() <= room)
            return text;
        var used = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.ToString().GetCellWidth();
            if (used > room - 1)
                break;
            length += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, length), "…");
    }
}
