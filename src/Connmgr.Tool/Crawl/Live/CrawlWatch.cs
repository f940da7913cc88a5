using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Looks twice a second at the counts of a crawl, for those who show them. Thread-safe.</summary>
internal sealed class CrawlWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly NetworkCrawler _crawler;
    private readonly IFrontier _frontier;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly VisitRate _rate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private volatile CrawlView _current;

    /// <param name="crawler">The crawler.</param>
    /// <param name="frontier">Its frontier.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isWanted">True when someone shows the counts; otherwise it does not look.</param>
    public CrawlWatch(NetworkCrawler crawler, IFrontier frontier, TimeProvider time, bool isWanted)
    {
        (_crawler, _frontier, _time, _started) = (crawler, frontier, time, time.GetTimestamp());
        _current = new(Status: null, crawler.GetStatistics(), Rate: 0);
        _watching = isWanted ? Task.Run(WatchAsync) : Task.CompletedTask;
    }

    /// <summary>The counts of the last look.</summary>
    public CrawlView Current => _current;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var status = _current.Status;
            try
            {
                status = await _frontier.GetStatusAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (FrontierUnavailableException)
            {
                // The crawl reports it.
            }

            var statistics = _crawler.GetStatistics();
            _current = new(status, statistics, _rate.Add(_time.GetElapsedTime(_started), statistics.Visits));
            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(false);
        }
    }
}

/// <summary>The counts of a crawl at one moment. Immutable.</summary>
/// <param name="Status">The counts of the frontier; null before they could be read.</param>
/// <param name="Statistics">The counts of this process.</param>
/// <param name="Rate">The visits a second of this process.</param>
internal sealed record CrawlView(FrontierStatus? Status, CrawlStatistics Statistics, double Rate);
