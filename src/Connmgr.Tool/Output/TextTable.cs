using System.Text;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>A table of rows whose columns are as wide as their widest cell. The last column is not padded.</summary>
/// <param name="head">The titles. A title that begins with '&gt;' aligns its cells to the right.</param>
internal sealed class TextTable(params string[] head)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [[.. head.Select(title => title.TrimStart('>'))]];

    /// <summary>Adds a row.</summary>
    /// <param name="cells">The cells, safe to print, as many as there are titles.</param>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Formats the table: one line per row, the titles first.</summary>
    public override string ToString()
    {
        var widths = Enumerable.Range(0, head.Length).Select(column => _rows.Max(row => row[column].GetCellWidth())).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
            AddLine(text, row, widths);
        return text.ToString();
    }

    private void AddLine(StringBuilder text, string[] row, int[] widths)
    {
        for (var column = 0; column < row.Length; column++)
        {
            var padding = new string(' ', widths[column] - row[column].GetCellWidth());
            var isRight = head[column].StartsWith('>');
            var isLast = column == row.Length - 1;
            text.Append(isRight ? padding : string.Empty).Append(row[column]).Append(isRight || isLast ? string.Empty : padding);
            text.Append(isLast ? "\n" : Gap);
        }
    }
}
