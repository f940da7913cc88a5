using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// Addresses that failed or were lost quickly, left alone for a fixed time. As many as dials in that time at the most. Changed by the rules
/// alone; another thread may read in the meantime.
/// </summary>
internal sealed class RestingAddresses(TimeSpan duration)
{
    private readonly ConcurrentDictionary<EndPoint, TimeSpan> _until = new(concurrencyLevel: 1, capacity: 31);
    private readonly Queue<(EndPoint Key, TimeSpan Until)> _order = new();

    /// <summary>The end of the rest of the address that was added last, in ticks.</summary>
    private long _latestUntil;

    public int Count => _until.Count;

    /// <summary>
    /// Gets the number of addresses, for display; may be called from any thread. They are swept out when one is added, so those whose time is over
    /// since the latest was added are counted until its own time is over.
    /// </summary>
    public int CountAt(TimeSpan now) => now < new TimeSpan(Volatile.Read(ref _latestUntil)) ? _until.Count : 0;

    public void Add(EndPoint key, TimeSpan now)
    {
        Expire(now);
        _until[key] = now + duration;
        _order.Enqueue((key, now + duration));
        Volatile.Write(ref _latestUntil, (now + duration).Ticks);
    }

    public bool Contains(EndPoint key, TimeSpan now) => _until.TryGetValue(key, out var until) && until > now;

    private void Expire(TimeSpan now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _order.Dequeue();
            // A key that was added again meanwhile has a later end, and a later entry in the queue.
            if (_until.TryGetValue(oldest.Key, out var until) && until <= now)
                _until.TryRemove(oldest.Key, out _);
        }
    }
}
