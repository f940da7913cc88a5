using System.Globalization;
using System.Text;

namespace Connmgr.Tool;

/// <summary>Formats the report of the last round as tables.</summary>
internal static class ReportTables
{
    private const int MaxRows = 15;
    private const int BarWidth = 30;

    public static string Format(CrawlReport report)
    {
        var last = report.Last;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{last.Network}, round {last.Round}, {last.Started} to {last.Ended}: {last.Visits} visits, {last.Reachable} of {last.Addresses} known addresses reachable ({ReportPage.Percent(last.Share)})\n");
        if (last.MedianMilliseconds is { } median)
            text.Append(CultureInfo.InvariantCulture, $"round trip: median {median} ms, nine of ten within {last.NinthDecileMilliseconds} ms\n");
        if (last.Zone is { } zone)
            text.Append(CultureInfo.InvariantCulture, $"zone {zone.Name}, serial {zone.Serial}: {zone.Records} records of {zone.Names} names, from {zone.Good} good nodes\n");
        foreach (var (title, column, items) in CrawlReport.GetLists(last))
        {
            if (items.Count > 0)
                text.Append('\n').Append(title).Append('\n').Append(Table(column, items));
        }

        return text.ToString();
    }

    private static string Table(string column, IReadOnlyList<CountItem> items)
    {
        var table = new TextTable(column, ">Count", string.Empty);
        var most = Math.Max(items.Max(static item => item.Count), 1);
        foreach (var item in items.Take(MaxRows))
            table.Add(item.Name.Length == 0 ? "(none)" : item.Name, item.Count.ToString(CultureInfo.InvariantCulture), new string('#', (int)((long)item.Count * BarWidth / most)));
        if (items.Count > MaxRows)
            table.Add($"{items.Count - MaxRows} more", items.Skip(MaxRows).Sum(static item => (long)item.Count).ToString(CultureInfo.InvariantCulture), string.Empty);
        return table.ToString();
    }
}
