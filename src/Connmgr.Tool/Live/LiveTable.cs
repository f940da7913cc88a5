using System.Collections.Immutable;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>A table of the live view, of the columns that there is room for. Immutable.</summary>
internal sealed class LiveTable<T>
{
    private readonly ImmutableArray<LiveColumn<T>> _columns;
    private readonly int _width;

    /// <param name="width">The columns of the terminal.</param>
    /// <param name="columns">Those of the table, in their order; the one of rank 0 is always there, cut off if need be.</param>
    public LiveTable(int width, params ImmutableArray<LiveColumn<T>> columns)
    {
        _width = width;
        var room = width;
        var fitting = new HashSet<LiveColumn<T>>();
        foreach (var column in columns.OrderBy(column => column.Rank))
        {
            room -= 1 + column.Width;
            if (room < 0 && column.Rank > 0)
                break;
            fitting.Add(column);
        }

        _columns = [.. columns.Where(fitting.Contains)];
    }

    /// <summary>The titles.</summary>
    public LiveRow Head(Style style) => Row(column => column.Title, style);

    /// <summary>A line for an item.</summary>
    public LiveRow Row(T item, Style style) => Row(column => column.Cell(item), style);

    private LiveRow Row(Func<LiveColumn<T>, string> cell, Style style)
    {
        var row = new LiveRow(_width);
        foreach (var column in _columns)
            row.AddCell(cell(column), column.IsLast ? null : column.Width, column.IsRight, style);
        return row;
    }
}

/// <summary>A column of a table in the live view.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Width">Its width; for the last one, which takes what is left of the line, the least that is of use.</param>
/// <param name="Rank">Which columns are there on a narrow terminal: those of the lowest ranks.</param>
/// <param name="Cell">What stands in it for an item.</param>
/// <param name="IsRight">Whether its cells are aligned to the right.</param>
/// <param name="IsLast">Whether it takes what is left of the line.</param>
internal sealed record LiveColumn<T>(string Title, int Width, int Rank, Func<T, string> Cell, bool IsRight = false, bool IsLast = false);
