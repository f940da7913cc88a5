using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

/// <summary>
/// A table that one thread at a time changes, while others may read it. Every use takes a lock for as long as the look-up takes. A
/// ConcurrentDictionary, whose readers take none, allocates an object for each entry: 46 to 48 bytes for each connection that comes and goes.
/// </summary>
/// <remarks>Under the lock runs the comparison of keys alone, which of IP addresses and host names is the runtime's.</remarks>
internal sealed class SharedTable<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, TValue> _entries = []; // Guarded by _lock.

    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
            return _entries.TryGetValue(key, out value);
    }

    public bool TryAdd(TKey key, TValue value)
    {
        lock (_lock)
            return _entries.TryAdd(key, value);
    }

    public void Set(TKey key, TValue value)
    {
        lock (_lock)
            _entries[key] = value;
    }

    public bool Remove(TKey key)
    {
        lock (_lock)
            return _entries.Remove(key);
    }
}
