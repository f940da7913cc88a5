namespace Connmgr.Tool;

/// <summary>Shows the progress of a round on a terminal: a bar, the rate of visits, and an estimate of the rest.</summary>
internal sealed class CrawlProgress : IDisposable
{
    private readonly CrawlWatch _watch;
    private readonly TimeProvider _time;
    private readonly ProgressLine _line;

    public CrawlProgress(CrawlWatch watch, ToolEnvironment environment)
    {
        (_watch, _time) = (watch, environment.TimeProvider);
        _line = new(environment, GetText);
    }

    /// <summary>Removes the line until it is shown the next time.</summary>
    public void Clear() => _line.Clear();

    public void Dispose() => _line.Dispose();

    private string GetText(TimeSpan elapsed) => _watch.Current is { Status: { } status } view
        ? CrawlBar.Format(status, view.Statistics.Active, view.Rate, _time.GetUtcNow())
        : "Beginning ...";
}
