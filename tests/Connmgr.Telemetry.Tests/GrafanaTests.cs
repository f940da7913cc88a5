using System.Text.Json;
using System.Text.RegularExpressions;
using Connmgr.Telemetry.Tests.Catalog;

namespace Connmgr.Telemetry.Tests;

/// <summary>The Grafana dashboard asks for nothing that is not measured: series, labels, and the values that it compares with. And it leaves no instrument out.</summary>
public partial class GrafanaTests
{
    private const string File = "docs/grafana/connmgr.json";

    [Fact]
    public async Task Dashboard_AsksForWhatIsMeasured()
    {
        using var recorder = await ReferencePageTests.AllInstrumentsAsync();
        var labelsOf = MetricCatalog.Instruments
            .SelectMany(info => PrometheusName.GetSeries(recorder.Instruments[info.Name]).Select(series => (series, info)))
            .ToDictionary(
                static named => named.series,
                static named => named.info.Tags.Concat(named.info.Optional).Select(PrometheusName.OfTag).Append("le").ToHashSet(StringComparer.Ordinal),
                StringComparer.Ordinal);
        var values = MetricCatalog.Tags.Where(static tag => tag.Bound is null)
            .ToDictionary(static tag => PrometheusName.OfTag(tag.Key), static tag => tag.Values.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var targets = Targets();
        var wrong = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (query, legend) in targets)
        {
            var labels = new HashSet<string>(StringComparer.Ordinal);
            foreach (var selector in Selectors().Matches(query).Cast<Match>())
            {
                var series = selector.Groups["series"].Value;
                if (!labelsOf.TryGetValue(series, out var known))
                {
                    wrong.Add($"{series} is not measured: {query}");
                    continue;
                }

                used.Add(series);
                labels.UnionWith(known);
                foreach (var matcher in Matchers().Matches(selector.Groups["matchers"].Value).Cast<Match>())
                {
                    var (label, value) = (matcher.Groups["label"].Value, matcher.Groups["value"].Value);
                    if (!known.Contains(label))
                        wrong.Add($"{series} has no label {label}");
                    else if (value is not "$instance" && !values[label].Contains(value))
                        wrong.Add($"{label} is never {value}");
                }
            }

            var grouped = Groupings().Matches(query).SelectMany(static by => by.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.Ordinal);
            wrong.AddRange(grouped.Except(labels, StringComparer.Ordinal).Select(label => $"{label} is no label of {query}"));
            if (grouped.Count > 0)
                wrong.AddRange(Legends().Matches(legend).Select(static one => one.Groups["label"].Value).Except(grouped, StringComparer.Ordinal).Select(label => $"{label} is lost in {query}"));
        }

        Assert.Empty(wrong);
        Assert.Empty(recorder.Instruments.Values.Where(instrument => !PrometheusName.GetSeries(instrument).Any(used.Contains)).Select(static instrument => instrument.Name));
        Assert.InRange(targets.Count, recorder.Instruments.Count, int.MaxValue);
    }

    private static List<(string Query, string Legend)> Targets()
    {
        using var dashboard = JsonDocument.Parse(System.IO.File.ReadAllText(Repository.GetPath(File)));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(static panel => panel.TryGetProperty("targets", out _))
                .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
                .Select(static target => (target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!)),
            .. dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Where(static variable => variable.TryGetProperty("definition", out _))
                .Select(static variable => (GetSelector(variable.GetProperty("definition").GetString()!), string.Empty)),
        ];

        // label_values(series, label) is sum by (label) (series{}).
        static string GetSelector(string definition)
        {
            var parts = definition["label_values(".Length..^1].Split(',', StringSplitOptions.TrimEntries);
            return $"sum by ({parts[1]}) ({parts[0]}{{}})";
        }
    }

    [GeneratedRegex(@"(?<series>\w+)\{(?<matchers>[^}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Selectors();

    [GeneratedRegex(@"(?<label>\w+)\s*(=|!=|=~|!~)\s*""(?<value>[^""]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Matchers();

    [GeneratedRegex(@"by \((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Legends();
}
