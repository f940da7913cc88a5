using System.Collections.Concurrent;
using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The number of outbound connections and attempts of each netgroup. Changed by the rules alone; an address source may read it from another
/// thread as a hint, because the rules check its addresses again.
/// </summary>
internal sealed class NetgroupTable(int limit)
{
    private readonly ConcurrentDictionary<Netgroup, int> _counts = new(concurrencyLevel: 1, capacity: 31);

    public IEnumerable<KeyValuePair<Netgroup, int>> Counts => _counts;

    public bool IsFull(Netgroup group) => !group.IsNone && _counts.TryGetValue(group, out var count) && count >= limit;

    public void Add(Netgroup group)
    {
        if (!group.IsNone)
            _counts[group] = _counts.GetValueOrDefault(group) + 1;
    }

    public void Remove(Netgroup group)
    {
        if (group.IsNone)
            return;
        var count = _counts[group];
        Debug.Assert(count > 0, $"Netgroup {group} has {count} connections.");
        if (count == 1)
            _counts.TryRemove(group, out _);
        else
            _counts[group] = count - 1;
    }
}
