namespace Connmgr.Bitcoin;

/// <summary>
/// Adds up for how long it is we who do not read: nothing that a peer owes us can come meanwhile. One writer; <see cref="Total"/> may be
/// called from any thread.
/// </summary>
internal sealed class OwnWaiting(TimeProvider time)
{
    private const long None = long.MinValue;

    private long _total;
    private long _since = None;

    /// <summary>The time so far, that of a wait under way included, in ticks of timestamps.</summary>
    public long Total(long now)
    {
        // In this order: a wait that ends meanwhile is counted twice for once, never not at all.
        var since = Volatile.Read(ref _since);
        var total = Volatile.Read(ref _total);
        return since == None ? total : total + (now - since);
    }

    /// <summary>A wait begins.</summary>
    public void Begin() => Volatile.Write(ref _since, time.GetTimestamp());

    /// <summary>It ends.</summary>
    public void End()
    {
        Volatile.Write(ref _total, _total + (time.GetTimestamp() - _since));
        Volatile.Write(ref _since, None);
    }
}
