namespace Connmgr.Bitcoin;

/// <summary>
/// Adds up for how long it is we who do not read: nothing that a peer owes us can come meanwhile. One writer; <see cref="Total"/> may be
/// called from any thread.
/// </summary>
internal sealed class ReadPauses(TimeProvider time)
{
    /// <summary>
    /// The total while nothing waits. While something does, the complement of when the wait would have begun had it been the only one, which makes
    /// it negative. One field, so that no wait is ever counted twice or not at all.
    /// </summary>
    private long _state;

    /// <summary>The time so far, that of a wait under way included, in ticks of timestamps.</summary>
    public long Total(long now)
    {
        var state = Volatile.Read(ref _state);
        return state >= 0 ? state : now - ~state;
    }

    /// <summary>A wait begins.</summary>
    public void Begin() => Volatile.Write(ref _state, ~(time.GetTimestamp() - _state));

    /// <summary>It ends.</summary>
    public void End() => Volatile.Write(ref _state, Total(time.GetTimestamp()));
}
