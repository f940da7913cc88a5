using System.Diagnostics.Metrics;
using System.Text;
using Connmgr.Telemetry.Tests.Catalog;
using Microsoft.Extensions.Logging;

namespace Connmgr.Telemetry.Tests;

/// <summary>docs/reference/telemetry.md: names, types, units, levels and messages from the code; tags and meanings from the catalogs, which tests hold to the code.</summary>
internal static class ReferencePage
{
    public const string File = "docs/reference/telemetry.md";

    public static string Make(IReadOnlyDictionary<string, Instrument> instruments)
    {
        var page = new StringBuilder();
        page.Append(
            """
            <!-- Generated from the code by eng/update-docs.sh; do not edit. Meanings are in tests/Connmgr.Telemetry.Tests/Catalog. -->
            # Telemetry

            Connmgr uses the telemetry of .NET: the meter `Connmgr`, the activity source `Connmgr` (`ConnmgrTelemetry` has the names), and an `ILoggerFactory` in the options. Without a
            listener it costs almost nothing, and allocates nothing. Set `MeterFactory` to a host's factory; without one all managers share the process's meter. `InstanceName` distinguishes
            several managers or networks of one process.

            No measurement has an address, a user agent or an id as a tag: every tag has few values, all listed here. Spans and log lines contain addresses.

            A Grafana dashboard is in [docs/grafana](../grafana/connmgr.json).

            ## Instruments

            Observed instruments are read at each collection, so a late listener sees the current state. The last column is the name in Prometheus; a histogram has `_bucket`, `_sum` and `_count`.


            """);
        Table(page, ["Name", "Type", "Unit", "Tags", "Meaning", "Prometheus"], MetricCatalog.Instruments.Select(info => Row(info, instruments[info.Name])));
        page.Append("\n## Tags of measurements\n\n");
        Table(page, ["Tag", "Meaning", "Values"], MetricCatalog.Tags.Select(Row));
        page.Append(
            """

            ## Spans

            There is one span for each attempt and each of its steps, and one for each query of a DNS seed, but none for a message or for the life of a connection. A failed span has the status
            Error with the message, and `error.type`. Attempts that the manager gave up (`canceled`, `stopped`, `superseded`) are not errors.


            """);
        Table(page, ["Name", "Kind", "Below", "Meaning", "Tags"], SpanCatalog.Spans.Select(static span => (string[])[Code(span.Name), span.Kind, span.Parent is { } parent ? Code(parent) : "", span.Meaning, GetTags(span.Tags, span.Optional)]));
        page.Append("\n## Tags of spans\n\n");
        Table(page, ["Tag", "Meaning", "Values"], SpanCatalog.Tags.Select(Row));
        page.Append(
            """

            ## Log events

            Ids and names do not change; the id of a removed event is never reused. Events that a remote peer can trigger at will are at Debug or bounded, as the last column
            shows.

            """);
        foreach (var block in LogCatalog.Blocks)
            Append(page, block);
        return page.ToString();
    }

    private static void Append(StringBuilder page, LogBlock block)
    {
        page.Append("\n### ").Append(block.First).Append(" to ").Append(block.Last).Append(": ").Append(block.Area).Append("\n\n");
        var rows = LogCatalog.Meanings.Zip(LogEvents.All).Where(both => both.First.Id >= block.First && both.First.Id <= block.Last)
            .Select(static both => (string[])[$"{both.First.Id}", Code(both.First.Name), GetLevel(both.Second), both.Second.Message, both.First.Meaning, both.First.Bound ?? ""])
            .ToArray();
        if (rows.Length == 0)
            page.Append("None yet.\n");
        else
            Table(page, ["Id", "Name", "Level", "Message", "Meaning", "Bound when a peer can trigger it"], rows);
    }

    private static string GetLevel(LogEvents.LogEvent logEvent) => logEvent.Level == LogLevel.None ? "varies" : $"{logEvent.Level}";

    private static string[] Row(InstrumentInfo info, Instrument instrument) =>
    [
        Code(info.Name),
        GetType(instrument),
        Code(instrument.Unit!),
        GetTags(info.Tags, info.Optional),
        instrument.Description!,
        Code(PrometheusName.Of(instrument)),
    ];

    private static string[] Row(TagInfo tag) => [Code(tag.Key), tag.Meaning, tag.Bound ?? string.Join(", ", tag.Values.Distinct(StringComparer.Ordinal).Select(Code))];

    private static string GetType(Instrument instrument)
    {
        var type = instrument.GetType().Name.Split('`')[0];
        return type.StartsWith("Observable", StringComparison.Ordinal) ? $"{type["Observable".Length..]}, observed" : type;
    }

    private static string GetTags(string[] tags, string[] optional) => string.Join(", ", tags.Select(Code).Concat(optional.Select(static tag => $"{Code(tag)} (sometimes)")));

    private static string Code(string text) => $"`{text}`";

    private static void Table(StringBuilder page, string[] head, IEnumerable<string[]> rows)
    {
        AppendRow(page, head);
        AppendRow(page, [.. head.Select(static _ => "---")]);
        foreach (var row in rows)
            AppendRow(page, row);

        static void AppendRow(StringBuilder page, string[] cells) => page.Append("| ").AppendJoin(" | ", cells.Select(static cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }
}
