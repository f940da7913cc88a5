using System.Numerics;

namespace Connmgr;

/// <summary>
/// One table: buckets of 64 places, and for each network what is needed to choose one of its entries in constant time.
/// </summary>
/// <remarks>
/// Bitcoin Core chooses a bucket at random, and in it the first entry of a wanted network from a random position on; a bucket without
/// one makes it begin anew. So each bucket that has one is equally likely, however few it has, which is what keeps someone who fills
/// some buckets from being chosen as often as his entries are many; and an entry is as likely as the gap before it is long. But it tries
/// about as many buckets as there are for each one that is not empty. Here a word for each network and bucket has a bit for each entry,
/// and 16 words (4 for tried) a bit for each bucket that is not empty. The words of the wanted networks or'ed together give the buckets to
/// choose from and the entry that follows a position: the same distribution for every set of networks, at the same cost whatever the tables
/// hold.
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
        var start = random.Next(BookLimits.BucketSize);
        var fromStart = BitOperations.RotateRight(Union(_entries, bucket, networks), start);
        var position = (start + BitOperations.TrailingZeroCount(fromStart)) % BookLimits.BucketSize;
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
