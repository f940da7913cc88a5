namespace Connmgr;

/// <summary>
/// One table: buckets of 64 places, and what is needed to choose one of its entries in constant time, whatever services are wanted.
/// </summary>
/// <remarks>
/// As in Bitcoin Core each bucket that has an entry of a wanted network is equally likely to be chosen from, however few it has: who fills
/// some buckets is not chosen as often as his entries are many. In the bucket each entry is equally likely. (Core walks on from a random
/// position, so that one right behind another is 64 times less likely than one with the bucket to itself: a hundred draws from a small book
/// could miss the only entry of use.) Core tries about as many buckets as there are for each one that is not empty, and draws on when the
/// entry lacks services. Here a <see cref="BookIndex"/> holds the entries that offer what is wanted: one of all entries, and one for each
/// of the last few sets of services that were asked for, made by a walk through the places when first needed and kept up to date by every
/// change. A program asks for one or two, as a rule.
/// </remarks>
internal sealed class BookTable
{
    /// <summary>An index takes up to 40 kB in the new table and 10 kB in the tried one: 200 kB for a book.</summary>
    public const int MaxIndices = 4;

    private readonly BookEntry?[] _places;
    private readonly BookIndex _all;
    private readonly List<BookIndex> _byServices = new(MaxIndices); // The one that was used last comes first.
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
            if (index.IsOffered(entry.Services))
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

    /// <summary>The entry at a place offers other services than before.</summary>
    public void ServicesChanged(int place)
    {
        var entry = _places[place]!;
        foreach (var index in _byServices)
        {
            if (index.IsOffered(entry.Services))
                index.Set(place, entry.Network);
            else
                index.Clear(place, entry.Network);
        }
    }

    /// <summary>Whether there is an entry of one of these networks that offers these services.</summary>
    public bool HasAny(AddressNetworks networks, ulong services) => IndexOf(services).HasAny(networks);

    /// <summary>An entry of one of these networks that offers these services, chosen as described above; null when there is none.</summary>
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
            if (_places[place] is { } entry && made.IsOffered(entry.Services))
                made.Set(place, entry.Network);
        }

        _byServices.Insert(0, made);
        return made;
    }
}
