using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses that failed or were lost quickly, which rest for a fixed time. Never more than the dials in that time. Changed by the
/// rules only; other threads may read.
/// </summary>
internal sealed class RestingAddresses(TimeSpan duration)
{
    private readonly SharedTable<EndPoint, TimeSpan> _until = new();
    private readonly Queue<(EndPoint Key, TimeSpan Until)> _order = new();

    /// <summary>The end of the rest of the most recently added address, in ticks.</summary>
    private long _latestUntil;

    public int Count => _until.Count;

    /// <summary>
    /// Gets the number of addresses, for display; may be called from any thread. Expired ones are removed when another is added, so they
    /// count until the most recent one has expired too.
    /// </summary>
    public int CountAt(TimeSpan now) => now < new TimeSpan(Volatile.Read(ref _latestUntil)) ? _until.Count : 0;

    public void Add(EndPoint key, TimeSpan now)
    {
        Expire(now);
        _until.Set(key, now + duration);
        _order.Enqueue((key, now + duration));
        Volatile.Write(ref _latestUntil, (now + duration).Ticks);
    }

    public bool Contains(EndPoint key, TimeSpan now) => _until.TryGetValue(key, out var until) && until > now;

    private void Expire(TimeSpan now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _order.Dequeue();
            // A key that was added again has a later end and a later entry in the queue.
            if (_until.TryGetValue(oldest.Key, out var until) && until <= now)
                _until.Remove(oldest.Key);
        }
    }
}
