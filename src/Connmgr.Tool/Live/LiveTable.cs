using System.Collections.Immutable;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>A table of the live view, with the columns that fit. Immutable.</summary>
internal sealed class LiveTable<T>
{
    private readonly ImmutableArray<LiveColumn<T>> _columns;
    private readonly int _width;

    /// <param name="width">The columns of the terminal.</param>
    /// <param name="columns">The columns of the table, in their order. The column of rank 0 is always shown, cut off if necessary.</param>
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

    /// <summary>Creates the row of titles.</summary>
    public LiveRow Head(Style style) => Row(column => column.Title, style);

    /// <summary>Creates the row of an item.</summary>
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
/// <param name="Title">The title.</param>
/// <param name="Width">The width; for the last column, which takes the rest of the line, the least useful width.</param>
/// <param name="Rank">The rank. A narrow terminal shows the columns of the lowest ranks.</param>
/// <param name="Cell">Gets the text of the cell for an item.</param>
/// <param name="IsRight">True to align the cells to the right.</param>
/// <param name="IsLast">True to take the rest of the line.</param>
internal sealed record LiveColumn<T>(string Title, int Width, int Rank, Func<T, string> Cell, bool IsRight = false, bool IsLast = false);
