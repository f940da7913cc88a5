using System.Globalization;
using System.Text;

namespace Connmgr.Simulation;

/// <summary>A line chart as SVG, with the share in percent from 0 to 100 upwards. The same values always give the same bytes.</summary>
internal sealed class SvgChart(string title, string xTitle, string yTitle, double xMax)
{
    private const int Width = 720;
    private const int Height = 400;
    private const int Left = 60;
    private const int Right = 210;
    private const int Top = 40;
    private const int Bottom = 50;

    private static readonly string[] Colors = ["#1b6ca8", "#d1495b", "#66a182", "#edae49", "#6a4c93", "#444444"];

    private readonly List<(string Name, ChartPoint[] Points)> _lines = [];

    /// <summary>The distance of the marks of the x axis.</summary>
    public double XStep { get; init; } = 1;

    public void Add(string name, IEnumerable<ChartPoint> points) => _lines.Add((name, [.. points]));

    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n"));
        svg.Append(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n<text x=\"{Left}\" y=\"22\" font-size=\"15\">{title}</text>\n"));
        AppendAxes(svg);
        for (var i = 0; i < _lines.Count; i++)
            AppendLine(svg, i);
        return svg.Append("</svg>\n").ToString();
    }

    private static string Y(double share) => Format(Top + ((1 - share) * (Height - Top - Bottom)));

    private static string Format(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private string X(double x) => Format(Left + (x / xMax * (Width - Left - Right)));

    private void AppendAxes(StringBuilder svg)
    {
        for (var percent = 0; percent <= 100; percent += 20)
        {
            var y = Y(percent / 100.0);
            svg.Append(Invariant($"<line x1=\"{Left}\" y1=\"{y}\" x2=\"{Width - Right}\" y2=\"{y}\" stroke=\"#dddddd\"/>"));
            svg.Append(Invariant($"<text x=\"{Left - 8}\" y=\"{y}\" text-anchor=\"end\" dominant-baseline=\"middle\">{percent}</text>\n"));
        }

        for (var x = 0.0; x <= xMax; x += XStep)
            svg.Append(Invariant($"<text x=\"{X(x)}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Format(x)}</text>\n"));
        svg.Append(Invariant($"<text x=\"{Format((Left + Width - Right) / 2.0)}\" y=\"{Height - 10}\" text-anchor=\"middle\">{xTitle}</text>\n"));
        svg.Append(Invariant($"<text x=\"16\" y=\"{Height / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {Height / 2})\">{yTitle}</text>\n"));
    }

    private void AppendLine(StringBuilder svg, int index)
    {
        var (name, points) = _lines[index];
        var color = Colors[index % Colors.Length];
        foreach (var point in points.Where(static point => point.High > point.Low))
            svg.Append(Invariant($"<line x1=\"{X(point.X)}\" y1=\"{Y(point.Low)}\" x2=\"{X(point.X)}\" y2=\"{Y(point.High)}\" stroke=\"{color}\" stroke-opacity=\"0.5\"/>\n"));
        svg.Append(Invariant($"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{string.Join(' ', points.Select(point => $"{X(point.X)},{Y(point.Y)}"))}\"/>\n"));
        var y = Top + 10 + (index * 20);
        svg.Append(Invariant($"<line x1=\"{Width - Right + 12}\" y1=\"{y}\" x2=\"{Width - Right + 32}\" y2=\"{y}\" stroke=\"{color}\" stroke-width=\"2\"/>"));
        svg.Append(Invariant($"<text x=\"{Width - Right + 38}\" y=\"{y}\" dominant-baseline=\"middle\">{name}</text>\n"));
    }
}

/// <summary>A point with its 95 % interval.</summary>
internal sealed record ChartPoint(double X, double Y, double Low, double High)
{
    public static ChartPoint From(double x, Proportion value) => new(x, value.Value, value.Low, value.High);

    public static ChartPoint From(double x, Mean value) => new(x, value.Value, Math.Max(0, value.Value - value.Error), Math.Min(1, value.Value + value.Error));
}
