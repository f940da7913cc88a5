namespace Connmgr.Testing;

/// <summary>A timer of a <see cref="VirtualTime"/>.</summary>
internal sealed class VirtualTimer(VirtualTime owner, TimerCallback callback, object? state) : ITimer
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private volatile bool _isDisposed;

    /// <summary>The order in which timers are called: by their times, and those of one time as they were set.</summary>
    public static IComparer<VirtualTimer> ByDue { get; } =
        Comparer<VirtualTimer>.Create(static (one, other) => (one.Due, one.Order).CompareTo((other.Due, other.Order)));

    /// <summary>The timestamp at which it is called next. Guarded by the clock's lock, as <see cref="Order"/> is; constant while it is set.</summary>
    public long Due { get; set; }

    /// <summary>The number of timers that had been set before it.</summary>
    public long Order { get; set; }

    /// <summary>The time between calls; null for a single one.</summary>
    public TimeSpan? Period { get; private set; }

    /// <summary>True when it is never called again.</summary>
    public bool IsDisposed => _isDisposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfInvalid(dueTime, nameof(dueTime));
        ThrowIfInvalid(period, nameof(period));
        if (_isDisposed)
            return false;
        Period = period > TimeSpan.Zero ? period : null;
        owner.Set(this, dueTime >= TimeSpan.Zero ? dueTime : null);
        return true;
    }

    /// <summary>Calls the callback, as timers of the system do: in the execution context of the code that created it.</summary>
    public void Call()
    {
        if (_context is null)
            callback(state);
        else
            ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).CallCore(), this);
    }

    public void Dispose()
    {
        _isDisposed = true;
        owner.Set(this, dueTime: null);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static void ThrowIfInvalid(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, time, "A time from zero, or Timeout.InfiniteTimeSpan.");
    }

    private void CallCore() => callback(state);
}
