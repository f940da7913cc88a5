namespace Connmgr.Testing;

/// <summary>A timer that counts as alive until it is disposed.</summary>
internal sealed class NetworkTimer : IDisposable
{
    private readonly NetworkCounters _counters;
    private readonly Action _callback;
    private readonly ITimer _timer;
    private int _disposed;

    public NetworkTimer(NetworkCounters counters, TimeProvider timeProvider, Action callback)
    {
        _counters = counters;
        _callback = callback;
        _timer = timeProvider.CreateTimer(
            static state => ((NetworkTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _counters.TimerCreated();
    }

    /// <summary>Starts the timer. Separate from the constructor, so that the owner's reference to this timer exists before the callback runs.</summary>
    public void Start(TimeSpan due, TimeSpan? period = null) => _timer.Change(due, period ?? Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _timer.Dispose();
        _counters.TimerDisposed();
    }

    private void Fire()
    {
        if (Volatile.Read(ref _disposed) == 0) _callback();
    }
}
