using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The report as one HTML page. It loads nothing and has no script: its policy allows its own style sheet alone. Pure but for the style sheet, which
/// is a resource of the program.
/// </summary>
internal static class ReportPage
{
    private const int MaxBars = 20;

    private static readonly string[] Tones = ["blue", "good", "purple", "orange", "red", "plain"];

    /// <summary>The style sheet.</summary>
    private static readonly Lazy<string> Sheet = new(static () =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("crawl/report.css")
            ?? throw new InvalidOperationException("The program was built without 'report.css'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    });

    /// <summary>Creates the page.</summary>
    public static string Create(CrawlReport report)
    {
        using var html = new HtmlText();
        var title = $"Crawl of {report.Last.Network}";
        html.Element("html", ["lang=en"], () =>
        {
            html.Element("head", [], () =>
            {
                html.Void("meta", "charset=utf-8");
                html.Void("meta", "http-equiv=Content-Security-Policy", $"content=default-src 'none'; style-src 'sha256-{Hash()}'; base-uri 'none'; form-action 'none'");
                html.Void("meta", "name=viewport", "content=width=device-width, initial-scale=1");
                html.Void("meta", "name=color-scheme", "content=light dark");
                html.Element("title", [], title);
                html.Style(Sheet.Value);
            });
            html.Element("body", [], () =>
            {
                html.Element("header", [], () =>
                {
                    html.Element("h1", [], title);
                    html.Element("p", [], $"Round {report.Last.Round}, ended at {Time(report.Last)} UTC. {Rounds(report)}");
                });
                html.Element("main", [], () => WriteMain(html, report));
                html.Element("footer", [], "Written by connmgr crawl report. User agents, services and heights are the nodes' own claims.");
            });
        });
        return html.ToString();
    }

    /// <summary>Formats a share as percent.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");

    /// <summary>Formats a number with separators.</summary>
    public static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    private static void WriteMain(HtmlText html, CrawlReport report)
    {
        var last = report.Last;
        html.Element("section", ["class=wide", "aria-label=Counts"], () => html.Element("ul", ["class=tiles"], () =>
        {
            Tile("Reachable", Number(last.Reachable));
            Tile("Known addresses", Number(last.Addresses));
            Tile("Share reachable", Percent(last.Share));
            Tile("Visits", Number(last.Visits));
            Tile("Duration", string.Create(CultureInfo.InvariantCulture, $"{last.Seconds:0} s"));
            if (last.MedianMilliseconds is { } median)
                Tile("Median round trip", $"{Number(median)} ms");
            if (last.MedianHeight is { } height)
                Tile("Median height", height.ToString(CultureInfo.InvariantCulture));
            if (last.Zone is { } zone)
                Tile("Good for the seed", Number(zone.Good));
        }));
        if (report.Summaries.Length > 1)
            WriteHistory(html, report);
        foreach (var (title, _, items) in CrawlReport.GetLists(last))
        {
            if (items.Count > 0)
                WriteBars(html, title, items, total: title.StartsWith("Failed", StringComparison.Ordinal) ? items.Sum(static item => (long)item.Count) : last.Reachable);
        }

        void Tile(string name, string value) => html.Element("li", [], () =>
        {
            html.Element("span", ["class=name"], name);
            html.Element("span", ["class=value"], value);
        });
    }

    private static void WriteHistory(HtmlText html, CrawlReport report)
    {
        var points = report.Summaries;
        var times = points.Select(CrawlReport.GetTime).ToArray();
        var networks = report.Last.Networks.Take(Tones.Length).Select((network, i) => new LineSeries(
            network.Name,
            Tones[i],
            [.. points.Select(point => (double)(point.Networks.FirstOrDefault(item => string.Equals(item.Name, network.Name, StringComparison.Ordinal))?.Count ?? 0))])).ToArray();
        if (networks.Length > 0)
            Section("Reachable nodes over time", () => LineChart.Write(html, "Reachable nodes over time, by network", times, networks, Number));
        Section("Known addresses over time", () => LineChart.Write(
            html, "Known and visited addresses over time", times,
            [
                new("known", "plain", [.. points.Select(static point => (double)point.Addresses)]),
                new("visits", "orange", [.. points.Select(static point => (double)point.Visits)]),
                new("reachable", "good", [.. points.Select(static point => (double)point.Reachable)]),
            ],
            Number));

        void Section(string title, Action chart) => html.Element("section", [], () =>
        {
            html.Element("h2", [], title);
            chart();
        });
    }

    private static void WriteBars(HtmlText html, string title, IReadOnlyList<CountItem> items, double total) => html.Element("section", [], () =>
    {
        html.Element("h2", [], title);
        var most = Math.Max(items.Max(static item => item.Count), 1);
        html.Element("ul", ["class=bars"], () =>
        {
            foreach (var item in items.Take(MaxBars))
            {
                html.Element("li", [], () =>
                {
                    html.Element("span", ["class=name"], item.Name.Length == 0 ? "(none)" : item.Name);
                    html.Element("span", ["class=value"], Number(item.Count));
                    html.Element("span", ["class=share"], total <= 0 ? string.Empty : Percent(item.Count / total));
                    html.Element("svg", ["viewBox=0 0 100 6", "preserveAspectRatio=none", "aria-hidden=true"], () =>
                        html.Void("rect", "class=blue", "height=6", $"width={HtmlText.Number(100.0 * item.Count / most)}"));
                });
            }
        });
    });

    private static string Time(CrawlSummary summary) => CrawlReport.GetTime(summary).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Rounds(CrawlReport report) => report.Summaries.Length == 1
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"The charts show {report.Summaries.Length} rounds.");

    private static string Hash() => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Sheet.Value)));
}
