namespace Connmgr;

/// <summary>
/// The entries by address. The key is in the entry alone, so that an entry takes 12 to 24 bytes here, where a dictionary with the address as its key takes about 100.
/// </summary>
/// <remarks>
/// A hash table with open addressing, at most three quarters full. A place has one byte of the hash with it, so that a search rarely looks at an entry with another
/// address. A removal moves later entries back, so that no mark of it remains. The hash differs in each process: attackers choose the addresses.
/// </remarks>
internal sealed class BookEntrySet
{
    private const int MinLength = 16; // A power of two, as is every length.
    private const byte Taken = 0x80;

    private BookEntry?[] _entries = new BookEntry?[MinLength];
    private byte[] _marks = new byte[MinLength]; // 0: a free place.

    public int Count { get; private set; }

    public BookEntry? Find(in NetworkEndPoint endPoint) => TryFind(endPoint, out var at) ? _entries[at] : null;

    /// <summary>Adds an entry.</summary>
    /// <returns>False if there is one with its address.</returns>
    public bool TryAdd(BookEntry entry)
    {
        if (TryFind(entry.EndPoint, out var at))
            return false;
        if ((Count + 1) * 4 > _entries.Length * 3)
        {
            Grow();
            TryFind(entry.EndPoint, out at);
        }

        Count++;
        _entries[at] = entry;
        _marks[at] = MarkOf(Hash(entry.EndPoint));
        return true;
    }

    /// <summary>Removes an entry, if it is here.</summary>
    public void Remove(BookEntry entry)
    {
        if (!TryFind(entry.EndPoint, out var free))
            return;
        Count--;
        for (var at = Next(free); _marks[at] != 0; at = Next(at))
        {
            var home = HomeOf(Hash(_entries[at]!.EndPoint));
            if (Distance(home, at) < Distance(free, at))
                continue; // A search for it begins behind the free place.
            _entries[free] = _entries[at];
            _marks[free] = _marks[at];
            free = at;
        }

        _entries[free] = null;
        _marks[free] = 0;
    }

    /// <summary>Finds the place of an address, or else the free one where a search for it ends.</summary>
    private bool TryFind(in NetworkEndPoint endPoint, out int at)
    {
        var hash = Hash(endPoint);
        var mark = MarkOf(hash);
        for (at = HomeOf(hash); _marks[at] != 0; at = Next(at))
        {
            if (_marks[at] == mark && _entries[at]!.EndPoint == endPoint)
                return true;
        }

        return false;
    }

    private void Grow()
    {
        var before = _entries;
        _entries = new BookEntry?[before.Length * 2];
        _marks = new byte[_entries.Length];
        foreach (var entry in before)
        {
            if (entry is null)
                continue;
            TryFind(entry.EndPoint, out var at);
            _entries[at] = entry;
            _marks[at] = MarkOf(Hash(entry.EndPoint));
        }
    }

    // Endpoints that differ in the port only have hashes close to each other: multiplied by the golden ratio they are far apart.
    private static uint Hash(in NetworkEndPoint endPoint) => (uint)endPoint.GetHashCode() * 0x9e37_79b9;

    private static byte MarkOf(uint hash) => (byte)(Taken | (hash & 0x7f));

    private int HomeOf(uint hash) => (int)(((ulong)hash * (uint)_entries.Length) >> 32);

    private int Next(int at) => (at + 1) & (_entries.Length - 1);

    private int Distance(int from, int to) => (to - from) & (_entries.Length - 1);
}
