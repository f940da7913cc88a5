namespace Connmgr.Tool;

/// <summary>Describes a summary in one line.</summary>
internal static class SummaryText
{
    public static string Format(RunSummary summary)
    {
        var tally = summary.Tally;
        var failed = tally.FailedTotal == 0 ? string.Empty : $" ({tally.DescribeFailed()})";
        var full = summary.TimeToFull is { } time ? $"full after {time.TotalSeconds:0.00} s" : "never full";
        return $"stopped after {summary.Duration.TotalSeconds:0.00} s: {tally.Dials} dials, {tally.FailedTotal} failed{failed}, " +
            $"{tally.Connected} connected, {full}{Book(summary)}";
    }

    private static string Book(RunSummary summary)
    {
        var tried = summary.Statistics.Book.Sum(count => count.Tried);
        var all = tried + summary.Statistics.Book.Sum(count => count.New);
        return all == 0 ? string.Empty : $"; {all} known addresses, {tried} of them tried";
    }
}
