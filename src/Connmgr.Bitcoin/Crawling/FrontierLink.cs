using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Calls the frontier, again and again with growing pauses while it can't be reached. An outage is reported once, whichever calls it meets.
/// Thread-safe.
/// </summary>
internal sealed class FrontierLink(NetworkCrawlerOptions options, IFrontier frontier, CrawlMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Random _random = DefaultRandom.Fork(options.Random); // Under the lock.
    private bool _isDown; // Written under the lock.

    /// <summary>True when the last call succeeded.</summary>
    public bool IsUp => !Volatile.Read(ref _isDown);

    /// <summary>Makes a call until it succeeds. A call that failed may have been carried out: an <see cref="IFrontier"/> answers it again.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<T> CallAsync<T>(Func<IFrontier, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await TryAsync(call, cancellationToken).ConfigureAwait(false);
            }
            catch (FrontierUnavailableException)
            {
                await Task.Delay(Blur(pause), options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a call once.</summary>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached, which was reported.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<T> TryAsync<T>(Func<IFrontier, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            var result = await call(frontier, cancellationToken).ConfigureAwait(false);
            if (Change(isDown: false))
            {
                CrawlLog.FrontierAvailable(logger);
                options.OnFrontierChanged?.Invoke(null);
            }

            return result;
        }
        catch (FrontierUnavailableException exception)
        {
            if (Change(isDown: true))
            {
                CrawlLog.FrontierUnavailable(logger, exception.Message);
                metrics.FrontierFailed();
                options.OnFrontierChanged?.Invoke(exception);
            }

            throw;
        }
    }

    private bool Change(bool isDown)
    {
        if (Volatile.Read(ref _isDown) == isDown)
            return false;
        lock (_lock)
        {
            var changed = _isDown != isDown;
            _isDown = isDown;
            return changed;
        }
    }

    /// <summary>Changes a pause by up to a quarter, so that the processes of a fleet do not all return at the same moment.</summary>
    private TimeSpan Blur(TimeSpan pause)
    {
        lock (_lock)
            return pause * (0.75 + (_random.NextDouble() / 2));
    }
}
