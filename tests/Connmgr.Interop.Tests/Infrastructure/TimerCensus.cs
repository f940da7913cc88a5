namespace Connmgr.Interop;

/// <summary>The system's time, and a count of the timers that were made with it and not disposed. Thread-safe.</summary>
internal sealed class TimerCensus : TimeProvider
{
    private int _alive;

    public int Alive => Volatile.Read(ref _alive);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _alive);
        return new CountedTimer(this, System.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class CountedTimer(TimerCensus census, ITimer inner) : ITimer
    {
        private int _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            Leave();
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Leave();
            return inner.DisposeAsync();
        }

        private void Leave()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Interlocked.Decrement(ref census._alive);
            }
        }
    }
}
