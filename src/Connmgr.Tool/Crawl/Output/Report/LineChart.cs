using System.Globalization;

namespace Connmgr.Tool;

/// <summary>Draws lines over time as SVG, without a script.</summary>
internal static class LineChart
{
    /// <summary>The most points of a line.</summary>
    public const int MaxPoints = 400;

    private const int Width = 640;
    private const int Height = 180;
    private const int Left = 56;
    private const int Right = 12;
    private const int Top = 10;
    private const int Bottom = 24;

    /// <summary>Writes a chart.</summary>
    /// <param name="html">The page.</param>
    /// <param name="title">The title, for those who can't see it.</param>
    /// <param name="times">The times, the earliest first, at least two.</param>
    /// <param name="series">The lines, each with a value for each time.</param>
    /// <param name="format">Formats a value.</param>
    public static void Write(HtmlText html, string title, IReadOnlyList<DateTimeOffset> times, IReadOnlyList<LineSeries> series, Func<double, string> format)
    {
        var high = Nice(series.Max(static line => line.Values.Max()));
        var (from, span) = (times[0], Math.Max((times[^1] - times[0]).TotalSeconds, 1));
        html.Element("svg", ["class=plot", $"viewBox=0 0 {Width} {Height}", "role=img", $"aria-label={title}"], () =>
        {
            foreach (var value in (double[])[0, high / 2, high])
            {
                var y = HtmlText.Number(Y(value));
                html.Void("line", "class=grid", $"x1={Left}", $"x2={Width - Right}", $"y1={y}", $"y2={y}");
                html.Element("text", [$"x={Left - 6}", $"y={HtmlText.Number(Y(value) + 4)}", "text-anchor=end"], format(value));
            }

            html.Element("text", [$"x={Left}", $"y={Height - 6}"], Time(times[0]));
            html.Element("text", [$"x={Width - Right}", $"y={Height - 6}", "text-anchor=end"], Time(times[^1]));
            foreach (var line in series)
            {
                var points = Enumerable.Range(0, times.Count).Select(i => $"{HtmlText.Number(X(times[i]))},{HtmlText.Number(Y(line.Values[i]))}");
                html.Void("polyline", $"class=line {line.Tone}", $"points={string.Join(' ', points)}");
            }
        });
        html.Element("ul", ["class=legend"], () =>
        {
            foreach (var line in series)
            {
                html.Element("li", [$"class={line.Tone}"], () =>
                {
                    html.Element("b", [], "■ ");
                    html.Element("span", [], $"{line.Name} {format(line.Values[^1])}");
                });
            }
        });

        double X(DateTimeOffset time) => Left + ((Width - Left - Right) * (time - from).TotalSeconds / span);
        double Y(double value) => Top + ((Height - Top - Bottom) * (high - value) / high);
    }

    /// <summary>Leaves out elements at equal distances until there are few enough. The first and the last stay.</summary>
    internal static IReadOnlyList<T> Thin<T>(IEnumerable<T> all, int count = MaxPoints)
    {
        var list = all.ToArray();
        return list.Length <= count ? list : [.. Enumerable.Range(0, count).Select(i => list[(int)((long)(list.Length - 1) * i / (count - 1))])];
    }

    /// <summary>Gets the least number that a scale can end at: 1, 2 or 5 times a power of ten.</summary>
    internal static double Nice(double value)
    {
        if (value <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * ((value / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>A line of a chart.</summary>
/// <param name="Name">The name, for the legend.</param>
/// <param name="Tone">The class of the style sheet for its colour.</param>
/// <param name="Values">The values.</param>
internal sealed record LineSeries(string Name, string Tone, IReadOnlyList<double> Values);
