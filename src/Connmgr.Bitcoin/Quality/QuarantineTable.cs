using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// The quarantined addresses: how often each of them gave cause in a row, and when its rest ends. The times are those of the wall clock,
/// because they outlive the program. Reads no clock. Not thread-safe.
/// </summary>
internal sealed class QuarantineTable(PeerQuarantine options)
{
    /// <summary>The most addresses. Beyond it, the one whose rest ends first is dropped.</summary>
    public const int MaxCount = 4096;

    private readonly Dictionary<NetworkEndPoint, QuarantineEntry> _entries = [];

    /// <summary>The number of addresses, resting or not.</summary>
    public int Count => _entries.Count;

    /// <summary>Counts the resting addresses.</summary>
    public int CountResting(DateTimeOffset now) => _entries.Values.Count(entry => IsResting(entry, now));

    /// <summary>Gets an address.</summary>
    /// <returns>Null if nothing counts against it.</returns>
    public QuarantineEntry? Find(in NetworkEndPoint endPoint, DateTimeOffset now) =>
        _entries.TryGetValue(endPoint, out var entry) && !IsForgotten(entry, now) ? entry : null;

    /// <summary>Determines whether an address is resting. One that would rest longer than possible is not: the clock was set back.</summary>
    public bool IsResting(in NetworkEndPoint endPoint, DateTimeOffset now) =>
        _entries.TryGetValue(endPoint, out var entry) && IsResting(entry, now);

    /// <summary>Lets an address rest, longer than the last time.</summary>
    /// <returns>The entry that is kept.</returns>
    public QuarantineEntry Add(in NetworkEndPoint endPoint, DateTimeOffset now)
    {
        var times = Math.Min((Find(endPoint, now)?.Times ?? 0) + 1, QuarantineEntry.MaxTimes);
        var entry = new QuarantineEntry(endPoint, times, now + QuarantineRules.GetRest(times, options));
        Keep(entry, now);
        return entry;
    }

    /// <summary>Takes note of a connection that lasted: it halves the times that count against the address.</summary>
    /// <returns>True if anything counted against it.</returns>
    public bool Forgive(in NetworkEndPoint endPoint)
    {
        if (!_entries.Remove(endPoint, out var entry))
            return false;
        if (entry.Times > 1)
            _entries[endPoint] = entry with { Times = entry.Times / 2 };
        return true;
    }

    /// <summary>Gets the resting addresses.</summary>
    public ImmutableArray<QuarantineEntry> GetResting(DateTimeOffset now) => [.. _entries.Values.Where(entry => IsResting(entry, now))];

    /// <summary>Removes an address.</summary>
    /// <returns>True if it was there.</returns>
    public bool Remove(in NetworkEndPoint endPoint) => _entries.Remove(endPoint);

    /// <summary>Gets what is to be kept.</summary>
    public ImmutableArray<QuarantineEntry> GetEntries(DateTimeOffset now) => [.. _entries.Values.Where(entry => !IsForgotten(entry, now))];

    /// <summary>Adds entries that were kept. Those of the table are newer.</summary>
    public void Restore(ImmutableArray<QuarantineEntry> entries, DateTimeOffset now)
    {
        foreach (var entry in entries)
        {
            if (!_entries.ContainsKey(entry.EndPoint) && !IsForgotten(entry, now))
                Keep(entry, now);
        }
    }

    private void Keep(in QuarantineEntry entry, DateTimeOffset now)
    {
        if (_entries.Count >= MaxCount && !_entries.ContainsKey(entry.EndPoint))
            MakeRoom(now);
        _entries[entry.EndPoint] = entry;
    }

    /// <summary>Drops what is forgotten anyway, or else the address whose rest ends first.</summary>
    private void MakeRoom(DateTimeOffset now)
    {
        NetworkEndPoint[] forgotten = [.. _entries.Values.Where(entry => IsForgotten(entry, now)).Select(static entry => entry.EndPoint)];
        if (forgotten.Length == 0)
            forgotten = [_entries.Values.MinBy(static entry => entry.RestsUntil).EndPoint];
        foreach (var endPoint in forgotten)
            _entries.Remove(endPoint);
    }

    private bool IsResting(in QuarantineEntry entry, DateTimeOffset now) =>
        entry.RestsUntil > now && entry.RestsUntil - now <= options.LongestRest;

    private bool IsForgotten(in QuarantineEntry entry, DateTimeOffset now) => now - entry.RestsUntil >= options.LongestRest;
}
