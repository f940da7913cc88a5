namespace Connmgr;

/// <summary>
/// One table: buckets of 64 places, and indexes that allow an entry to be picked in constant time, whatever services are wanted.
/// </summary>
/// <remarks>
/// As in Bitcoin Core, each bucket that contains an entry of a wanted network is equally likely to be picked, however few it contains. So an
/// attacker that fills some buckets does not gain in proportion to the number of its entries. Within the bucket each entry is equally likely.
/// (Bitcoin Core walks on from a random position. There an entry directly behind another one is 64 times less likely than an entry with the
/// bucket to itself, and a hundred draws from a small book could miss the only useful entry.) Bitcoin Core tries about as many buckets as
/// there are for each one that is not empty, and draws again if the entry lacks services. Here a <see cref="BookIndex"/> marks the wanted
/// entries: one index for all entries, and one for each of the most recently used sets of services. A walk through the places creates such an
/// index on first use, and every change keeps it up to date. Most programs use one or two; groups of peers may each need their own.
/// </remarks>
internal sealed class BookTable
{
    /// <summary>The maximum number of indexes. One takes up to 40 kB in the new table and 10 kB in the tried one: 400 kB for a book.</summary>
    public const int MaxIndices = 8;

    private readonly BookEntry?[] _places;
    private readonly BookIndex _all;
    private readonly List<BookIndex> _byServices = new(MaxIndices); // The most recently used one comes first.
    private readonly int _bucketCount;

    public BookTable(int bucketCount)
    {
        _bucketCount = bucketCount;
        _places = new BookEntry?[bucketCount * BookLimits.BucketSize];
        _all = new BookIndex(services: 0, bucketCount);
    }

    public BookEntry? this[int place] => _places[place];

    public ReadOnlySpan<BookEntry?> Places => _places;

    public void Put(int place, BookEntry entry)
    {
        _places[place] = entry;
        _all.Set(place, entry.Network);
        foreach (var index in _byServices)
        {
            if (index.Matches(entry.Services))
                index.Set(place, entry.Network);
        }
    }

    public void Clear(int place)
    {
        var network = _places[place]!.Network;
        _places[place] = null;
        _all.Clear(place, network);
        foreach (var index in _byServices)
            index.Clear(place, network);
    }

    /// <summary>Updates the indexes after the entry at a place changed its services.</summary>
    public void UpdateServices(int place)
    {
        var entry = _places[place]!;
        foreach (var index in _byServices)
        {
            if (index.Matches(entry.Services))
                index.Set(place, entry.Network);
            else
                index.Clear(place, entry.Network);
        }
    }

    /// <summary>Determines whether the table has an entry of some networks that offers some services.</summary>
    public bool HasAny(AddressNetworks networks, ulong services) => IndexOf(services).HasAny(networks);

    /// <summary>Picks an entry of some networks that offers some services, as described above; null if there is none.</summary>
    public BookEntry? Pick(AddressNetworks networks, ulong services, Random random)
    {
        var place = IndexOf(services).Pick(networks, random);
        return place < 0 ? null : _places[place];
    }

    private BookIndex IndexOf(ulong services)
    {
        if (services == 0)
            return _all;
        for (var i = 0; i < _byServices.Count; i++)
        {
            if (_byServices[i].Services != services)
                continue;
            var known = _byServices[i];
            if (i > 0)
            {
                _byServices.RemoveAt(i);
                _byServices.Insert(0, known);
            }

            return known;
        }

        if (_byServices.Count == MaxIndices)
            _byServices.RemoveAt(MaxIndices - 1);
        var made = new BookIndex(services, _bucketCount);
        for (var place = 0; place < _places.Length; place++)
        {
            if (_places[place] is { } entry && made.Matches(entry.Services))
                made.Set(place, entry.Network);
        }

        _byServices.Insert(0, made);
        return made;
    }
}
