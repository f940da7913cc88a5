namespace Connmgr.Tool;

/// <summary>Records the history of a run until it is disposed. The run never waits for it.</summary>
internal sealed class RunRecorder : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly RunHistory _history;
    private readonly ConnectionManager _manager;
    private readonly Func<RunFacts> _facts;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;
    private readonly Task _sampling;

    /// <summary>Starts to record. If it is created before the manager starts, it misses nothing.</summary>
    public RunRecorder(RunHistory history, ConnectionManager manager, Func<RunFacts> facts, TimeProvider timeProvider)
    {
        (_history, _manager, _facts) = (history, manager, facts);
        _watching = WatchAsync();
        _sampling = SampleAsync(timeProvider);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_watching, _sampling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task WatchAsync()
    {
        await foreach (var happened in _manager.WatchAsync(_ended.Token).ConfigureAwait(false))
            _history.Add(happened);
    }

    private async Task SampleAsync(TimeProvider timeProvider)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
        {
            var snapshot = await _manager.GetSnapshotAsync(_ended.Token).ConfigureAwait(false);
            _history.Sample(HistoryGauge.From(snapshot, _facts()));
        }
    }
}
