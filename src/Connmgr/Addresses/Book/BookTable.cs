using System.Numerics;

namespace Connmgr;

/// <summary>
/// One table: buckets of 64 places, and for each network what is needed to choose one of its entries in constant time.
/// </summary>
/// <remarks>
/// As in Bitcoin Core each bucket that has an entry of a wanted network is equally likely to be chosen from, however few it has: who fills
/// some buckets is not chosen as often as his entries are many. In the bucket each entry is equally likely. (Core walks on from a random
/// position, so that one right behind another is 64 times less likely than one with the bucket to itself: a hundred draws from a small book
/// could miss the only entry of use.) Core tries about as many buckets as there are for each one that is not empty. Here a word for each
/// network and bucket has a bit for each entry, and 16 words (4 for tried) a bit for each bucket that is not empty: those of the wanted
/// networks or'ed together give what to choose from, at the same cost whatever the tables hold.
/// </remarks>
internal sealed class BookTable
{
    private readonly BookEntry?[] _places;
    private readonly ulong[][] _entries = new ulong[NetworkIndex.Count][];
    private readonly ulong[][] _buckets = new ulong[NetworkIndex.Count][];
    private readonly int _words;

    public BookTable(int buckets)
    {
        _places = new BookEntry?[buckets * BookLimits.BucketSize];
        _words = buckets / 64;
        for (var network = 0; network < NetworkIndex.Count; network++)
        {
            _entries[network] = new ulong[buckets];
            _buckets[network] = new ulong[_words];
        }
    }

    public BookEntry? this[int place] => _places[place];

    public ReadOnlySpan<BookEntry?> Places => _places;

    public void Put(int place, BookEntry entry)
    {
        var (bucket, position) = Math.DivRem(place, BookLimits.BucketSize);
        _places[place] = entry;
        _entries[entry.Network][bucket] |= 1UL << position;
        _buckets[entry.Network][bucket / 64] |= 1UL << (bucket % 64);
    }

    public void Clear(int place)
    {
        var network = _places[place]!.Network;
        var (bucket, position) = Math.DivRem(place, BookLimits.BucketSize);
        _places[place] = null;
        _entries[network][bucket] &= ~(1UL << position);
        if (_entries[network][bucket] == 0)
            _buckets[network][bucket / 64] &= ~(1UL << (bucket % 64));
    }

    /// <summary>An entry of one of these networks, chosen as described above; null when there is none.</summary>
    public BookEntry? Pick(AddressNetworks networks, Random random)
    {
        Span<ulong> buckets = stackalloc ulong[_words];
        var count = 0;
        for (var word = 0; word < _words; word++)
        {
            buckets[word] = Union(_buckets, word, networks);
            count += BitOperations.PopCount(buckets[word]);
        }

        if (count == 0)
            return null;
        var bucket = BitAt(buckets, random.Next(count));
        var entries = Union(_entries, bucket, networks);
        var position = BitAt([entries], random.Next(BitOperations.PopCount(entries)));
        return _places[(bucket * BookLimits.BucketSize) + position];
    }

    private static ulong Union(ulong[][] words, int at, AddressNetworks networks)
    {
        var union = 0UL;
        for (var network = 0; network < NetworkIndex.Count; network++)
        {
            if (networks.Has(network))
                union |= words[network][at];
        }

        return union;
    }

    /// <summary>The number of the bit that has so many set bits before it.</summary>
    private static int BitAt(ReadOnlySpan<ulong> words, int before)
    {
        var word = 0;
        for (int set; before >= (set = BitOperations.PopCount(words[word])); word++)
            before -= set;
        var bits = words[word];
        for (; before > 0; before--)
            bits &= bits - 1;
        return (word * 64) + BitOperations.TrailingZeroCount(bits);
    }
}
