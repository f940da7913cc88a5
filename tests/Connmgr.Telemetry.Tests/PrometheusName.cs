using System.Diagnostics.Metrics;

namespace Connmgr.Telemetry.Tests;

/// <summary>What an instrument and its tags are called in Prometheus, by the rules of OpenTelemetry: dots to underscores, the unit spelt out, _total for counters.</summary>
internal static class PrometheusName
{
    public static string Of(Instrument instrument)
    {
        var name = OfTag(instrument.Name) + instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            null or ['{', ..] => string.Empty, // A unit in braces is an annotation, and left out.
            var other => throw new InvalidOperationException($"{instrument.Name} has the unit {other}: add how it is spelt."),
        };
        return IsCounter(instrument) ? name + "_total" : name;
    }

    /// <summary>The names of its series.</summary>
    public static IEnumerable<string> GetSeries(Instrument instrument) => IsHistogram(instrument) ? [$"{Of(instrument)}_bucket", $"{Of(instrument)}_sum", $"{Of(instrument)}_count"] : [Of(instrument)];

    public static string OfTag(string key) => key.Replace('.', '_');

    public static bool IsHistogram(Instrument instrument) => instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal);

    private static bool IsCounter(Instrument instrument) => instrument.GetType().Name is ['C', 'o', 'u', 'n', 't', 'e', 'r', ..] or ['O', 'b', 's', 'e', 'r', 'v', 'a', 'b', 'l', 'e', 'C', ..];
}
