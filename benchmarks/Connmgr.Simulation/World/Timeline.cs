namespace Connmgr.Simulation;

/// <summary>Virtual time: events in the order of their times, those of one time in the order in which they were added.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _events = new();
    private long _added;

    public Timeline(DateTimeOffset epoch) => Clock = new VirtualClock(this, epoch);

    public TimeSpan Now { get; private set; }

    public TimeProvider Clock { get; }

    /// <summary>Adds an event.</summary>
    public void Add(TimeSpan at, Action action) => _events.Enqueue(action, (at < Now ? Now : at, _added++));

    /// <summary>Carries out all events up to a time, or until a condition holds.</summary>
    /// <returns>True when the condition holds.</returns>
    public bool Run(TimeSpan until, Func<bool>? condition = null)
    {
        while (_events.TryPeek(out var action, out var due) && due.At <= until)
        {
            _events.Dequeue();
            Now = due.At;
            action();
            if (condition?.Invoke() == true)
                return true;
        }

        Now = until;
        return false;
    }

    private sealed class VirtualClock(Timeline timeline, DateTimeOffset epoch) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => epoch + timeline.Now;

        public override long GetTimestamp() => timeline.Now.Ticks;
    }
}
