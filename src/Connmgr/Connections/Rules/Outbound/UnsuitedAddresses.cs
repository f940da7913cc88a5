using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The traits of peers that no vacant group could take. For a while their addresses are only dialled for groups that these traits satisfy.
/// Changed by the rules only; other threads may read.
/// </summary>
internal sealed class UnsuitedAddresses
{
    /// <summary>The maximum number of addresses. Beyond it, the oldest is forgotten; the pace of dials bounds the benefit for an attacker.</summary>
    public const int MaxCount = 1000;

    /// <summary>The time for which traits are remembered. A peer may change them when it restarts.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<EndPoint, Entry> _entries = new(concurrencyLevel: 1, capacity: 31);

    /// <summary>The entries in the order in which they were added. Those of addresses that were added again are skipped.</summary>
    private readonly Queue<Entry> _order = new();

    /// <summary>True when there has been an entry. Any thread may read it: an early false is only a hint that is out of date.</summary>
    private volatile bool _wasUsed;

    public int Count => _entries.Count;

    public void Add(EndPoint key, UInt128 traits, TimeSpan now)
    {
        var entry = new Entry(key, traits, now + Duration);
        _entries[key] = entry;
        _order.Enqueue(entry);
        _wasUsed = true;
        while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count > MaxCount))
        {
            _order.Dequeue();
            _entries.TryRemove(new KeyValuePair<EndPoint, Entry>(oldest.Key, oldest));
        }
    }

    /// <summary>Gets the traits of an address; null if they are not remembered. May be called from any thread.</summary>
    public UInt128? GetTraits(EndPoint key, TimeSpan now) => _wasUsed && _entries.TryGetValue(key, out var entry) && entry.Until > now ? entry.Traits : null;

    private sealed class Entry(EndPoint key, UInt128 traits, TimeSpan until)
    {
        public EndPoint Key => key;

        public UInt128 Traits => traits;

        public TimeSpan Until => until;
    }
}
