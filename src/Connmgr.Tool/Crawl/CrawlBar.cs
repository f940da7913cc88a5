using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The text of the progress of a round.</summary>
internal static class CrawlBar
{
    private const int Width = 24;

    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(99);

    /// <summary>Formats the progress.</summary>
    /// <param name="status">The counts of the frontier.</param>
    /// <param name="active">The number of visits under way.</param>
    /// <param name="rate">The visits a second.</param>
    /// <param name="now">The time.</param>
    public static string Format(FrontierStatus status, int active, double rate, DateTimeOffset now)
    {
        if (status.RoundStart > now)
            return Invariant($"Round {status.Round} begins in {ShortDuration.Format(status.RoundStart - now)} ...");
        var rest = status.Due + status.Leased;
        var all = status.Completed + rest;
        if (all == 0)
            return "Looking for addresses to begin with ...";
        var share = (double)status.Completed / all;
        var done = (int)(share * Width);
        var left = rate > 0 ? $", {ShortDuration.Format(TimeSpan.FromSeconds(Math.Min(rest / rate, LongestRest.TotalSeconds)))} left" : string.Empty;
        return Invariant($"Round {status.Round} [{new string('#', done)}{new string('.', Width - done)}] {share * 100:0} %, {status.Completed} of {all} visited, ")
            + Invariant($"{status.Reached} reached, {active} under way, {rate:0}/s{left}");
    }
}
