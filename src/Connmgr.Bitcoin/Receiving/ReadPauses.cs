namespace Connmgr.Bitcoin;

/// <summary>
/// Sums up the time in which a peer is not read, so that its answers can't arrive. One writer; <see cref="Total"/> is thread-safe.
/// </summary>
internal sealed class ReadPauses(TimeProvider time)
{
    /// <summary>
    /// The total while no pause runs. During a pause, the complement of the time at which it would have begun had it been the only one,
    /// which makes it negative. In one field, so that no pause is ever counted twice or not at all.
    /// </summary>
    private long _state;

    /// <summary>Gets the total, including a pause that runs, in ticks of timestamps.</summary>
    public long Total(long now)
    {
        var state = Volatile.Read(ref _state);
        return state >= 0 ? state : now - ~state;
    }

    /// <summary>Begins a pause.</summary>
    public void Begin() => Volatile.Write(ref _state, ~(time.GetTimestamp() - _state));

    /// <summary>Ends the pause.</summary>
    public void End() => Volatile.Write(ref _state, Total(time.GetTimestamp()));
}
