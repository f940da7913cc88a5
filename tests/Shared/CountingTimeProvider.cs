namespace Connmgr;

/// <summary>Counts the timers that were made and not disposed. One that counts is there: a test that waits for it may let its time pass.</summary>
internal sealed class CountingTimeProvider(TimeProvider inner) : TimeProvider
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(inner.CreateTimer(callback, state, dueTime, period), this);
        Interlocked.Increment(ref _timers);
        return timer;
    }

    private sealed class Timer(ITimer inner, CountingTimeProvider owner) : ITimer
    {
        private int _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                Interlocked.Decrement(ref owner._timers);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return inner.DisposeAsync();
        }
    }
}
