using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Shows the progress of a round on a terminal: a bar, the rate of visits, and an estimate of the rest.</summary>
internal sealed class CrawlProgress : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly NetworkCrawler _crawler;
    private readonly IFrontier _frontier;
    private readonly TimeProvider _time;
    private readonly VisitRate _rate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProgressLine _line;
    private readonly Task _watching;
    private volatile FrontierStatus? _status;

    public CrawlProgress(NetworkCrawler crawler, IFrontier frontier, ToolEnvironment environment)
    {
        (_crawler, _frontier, _time) = (crawler, frontier, environment.TimeProvider);
        _watching = environment.ErrorTerminal is null ? Task.CompletedTask : Task.Run(WatchAsync);
        _line = new(environment, GetText);
    }

    /// <summary>Removes the line until it is shown the next time.</summary>
    public void Clear() => _line.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _line.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _status = await _frontier.GetStatusAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (FrontierUnavailableException)
            {
                // The crawl reports it.
            }

            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(false);
        }
    }

    private string GetText(TimeSpan elapsed)
    {
        var statistics = _crawler.GetStatistics();
        var rate = _rate.Add(elapsed, statistics.Visits);
        return _status is { } status ? CrawlBar.Format(status, statistics.Active, rate, _time.GetUtcNow()) : "Beginning ...";
    }
}
