namespace Connmgr;

/// <summary>
/// Wakes a loop at the earliest time at which something is due. It is only ever set to an earlier time: a loop that wakes too early sets it
/// again, and so does a loop that waits longer than the maximum of a timer. Used by one thread at a time, except for the callback.
/// </summary>
internal sealed class EarliestTimer : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ITimer _timer;

    /// <summary>The moment that the timer is set to; null once it has fired, until it is set again.</summary>
    private TimeSpan? _due;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="onDue">Posts a message to the loop, which calls <see cref="Fired"/>. Called on any thread.</param>
    public EarliestTimer(TimeProvider timeProvider, Action onDue)
    {
        using (ExecutionContext.SuppressFlow())
            _timer = timeProvider.CreateTimer(static onDue => ((Action)onDue!)(), onDue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the timer, unless it already fires earlier.</summary>
    /// <param name="due">The moment at which something is due, on the loop's clock.</param>
    /// <param name="now">The current time on the same clock.</param>
    public void Set(TimeSpan due, TimeSpan now)
    {
        if (_due <= due)
            return;
        _due = due - now < LongestWait ? due : now + LongestWait;

        // Timers truncate to whole milliseconds. Rounded up, it does not fire before something is due.
        var wait = Math.Ceiling(Math.Max(0, (_due.Value - now).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes that the timer has fired, so that the next moment sets it again.</summary>
    public void Fired() => _due = null;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
