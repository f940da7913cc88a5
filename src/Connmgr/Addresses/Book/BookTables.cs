namespace Connmgr;

/// <summary>
/// The new and the tried table with all entries. Every entry is in exactly one table: in new with 1 to 8 places, in tried with one. Uses no
/// clock and no lock. The caller computes the groups, because that is user code. Times are in seconds since 1970.
/// </summary>
internal sealed partial class BookTables
{
    private readonly BookEntries _entries = new();
    private readonly int[] _newCounts = new int[AddressNetworkTable.Count];
    private readonly int[] _triedCounts = new int[AddressNetworkTable.Count];
    private readonly BookTable _new = new(BookLimits.NewBuckets);
    private readonly BookTable _tried = new(BookLimits.TriedBuckets);
    private readonly TriedCollisions _collisions = new();
    private readonly Placement _placement;
    private readonly Random _random;

    // One second after "never", so that the first failure of an address counts even before any success.
    private long _lastGood = 1;

    public BookTables(ReadOnlySpan<byte> key, Random random)
    {
        _placement = new Placement(key);
        _random = random;
    }

    /// <summary>All entries, in no particular order.</summary>
    public IReadOnlyList<BookEntry> Entries => _entries.Listed;

    /// <summary>The number of different sources of the entries, without addresses that announced themselves.</summary>
    public int SourceCount => _entries.SourceCount;

    public BookTable New => _new;

    public BookTable Tried => _tried;

    public Placement Placement => _placement;

    public BookEntry? Find(in NetworkEndPoint endPoint) => _entries.Find(endPoint);

    public int Count(AddressNetworks networks, AddressTables tables)
    {
        var count = 0;
        for (var network = 0; network < AddressNetworkTable.Count; network++)
        {
            if (!networks.Has(network))
                continue;
            if ((tables & AddressTables.New) != AddressTables.None)
                count += _newCounts[network];
            if ((tables & AddressTables.Tried) != AddressTables.None)
                count += _triedCounts[network];
        }

        return count;
    }

    /// <summary>Puts an entry into a free place of new, as its first or a further place.</summary>
    private void PutIntoNew(BookEntry entry, int place)
    {
        if (entry.References == 0)
            _newCounts[entry.Network]++;
        entry.AddNewPlace(place);
        _new.Put(place, entry);
    }

    private void PutIntoTried(BookEntry entry, int place)
    {
        entry.IsTried = true;
        _tried.Put(place, entry);
        _triedCounts[entry.Network]++;
    }

    /// <summary>Empties a place of new. Removes the entry if this was its last place.</summary>
    private void ClearNew(int place)
    {
        if (_new[place] is not { } entry)
            return;
        _new.Clear(place);
        entry.RemoveNewPlace(place);
        if (entry.References > 0)
            return;
        _newCounts[entry.Network]--;
        _entries.Remove(entry);
    }

    /// <summary>
    /// Moves an entry from new to its place in tried. The occupant of that place goes back to new, to the place that follows from its first
    /// source.
    /// </summary>
    private void MoveToTried(BookEntry entry, int place)
    {
        while (entry.References > 0)
        {
            var last = entry.NewPlaces[^1];
            _new.Clear(last);
            entry.RemoveNewPlace(last);
        }

        _newCounts[entry.Network]--;
        if (_tried[place] is { } occupant)
        {
            _tried.Clear(place);
            _triedCounts[occupant.Network]--;
            occupant.IsTried = false;
            var back = _placement.GetNewPlace(occupant.EndPoint, occupant.Group, occupant.SourceGroup);
            ClearNew(back);
            PutIntoNew(occupant, back);
        }

        PutIntoTried(entry, place);
    }
}
