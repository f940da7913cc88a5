using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>The figures of all runs of a scenario.</summary>
internal sealed class FigureTable
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, (string Unit, List<double> Values)> _figures = new(StringComparer.Ordinal);

    public bool IsEmpty => _order.Count == 0;

    /// <summary>The lines of the figures, in the order in which they first appeared: name, median, unit, minimum, maximum, number of runs.</summary>
    public IEnumerable<string> Lines => _order.Select(name => GetLine(name, _figures[name].Unit, [.. _figures[name].Values.Order()]));

    /// <summary>Adds a line <c>name value unit</c>, as a measuring process writes it.</summary>
    /// <exception cref="FormatException">The line has another form.</exception>
    public void AddLine(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length != 3 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            throw new FormatException($"A measuring process wrote '{line}', which is no figure: it should be 'name value unit'.");
        if (!_figures.TryGetValue(parts[0], out var figure))
        {
            _figures.Add(parts[0], figure = (parts[2], []));
            _order.Add(parts[0]);
        }

        figure.Values.Add(value);
    }

    private static string GetLine(string name, string unit, double[] sorted)
    {
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {median:g4} {unit} min={sorted[0]:g4} max={sorted[^1]:g4} n={sorted.Length}");
    }
}
