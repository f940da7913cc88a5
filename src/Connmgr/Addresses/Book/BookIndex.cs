using System.Numerics;

namespace Connmgr;

/// <summary>
/// Marks the entries of a table that offer some services. For each network it has a word per bucket, with a bit for each entry, and a bit per
/// bucket that contains one. So it picks an entry of any networks in constant time, however rare such entries are. Design A-4.
/// </summary>
internal sealed class BookIndex
{
    private readonly ulong[]?[] _entries = new ulong[]?[AddressNetworkTable.Count];
    private readonly ulong[]?[] _buckets = new ulong[]?[AddressNetworkTable.Count];
    private readonly int _bucketCount;

    public BookIndex(ulong services, int bucketCount)
    {
        Services = services;
        _bucketCount = bucketCount;
    }

    /// <summary>The service bits that every marked entry offers; 0: any.</summary>
    public ulong Services { get; }

    private int Words => _bucketCount / 64;

    public bool Matches(ulong services) => (services & Services) == Services;

    public void Set(int place, int network)
    {
        var (bucket, position) = Math.DivRem(place, BookLimits.BucketSize);
        (_entries[network] ??= new ulong[_bucketCount])[bucket] |= 1UL << position;
        (_buckets[network] ??= new ulong[Words])[bucket / 64] |= 1UL << (bucket % 64);
    }

    public void Clear(int place, int network)
    {
        if (_entries[network] is not { } entries)
            return;
        var (bucket, position) = Math.DivRem(place, BookLimits.BucketSize);
        entries[bucket] &= ~(1UL << position);
        if (entries[bucket] == 0)
            _buckets[network]![bucket / 64] &= ~(1UL << (bucket % 64));
    }

    public bool HasAny(AddressNetworks networks)
    {
        for (var word = 0; word < Words; word++)
        {
            if (Union(_buckets, word, networks) != 0)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Picks the place of an entry of some networks: each bucket that contains one is equally likely, and so is each of its entries. Returns
    /// -1 if there is none.
    /// </summary>
    public int Pick(AddressNetworks networks, Random random)
    {
        Span<ulong> buckets = stackalloc ulong[Words];
        var count = 0;
        for (var word = 0; word < buckets.Length; word++)
        {
            buckets[word] = Union(_buckets, word, networks);
            count += BitOperations.PopCount(buckets[word]);
        }

        if (count == 0)
            return -1;
        var bucket = FindSetBit(buckets, random.Next(count));
        var entries = Union(_entries, bucket, networks);
        var position = FindSetBit([entries], random.Next(BitOperations.PopCount(entries)));
        return (bucket * BookLimits.BucketSize) + position;
    }

    private static ulong Union(ulong[]?[] words, int at, AddressNetworks networks)
    {
        var union = 0UL;
        for (var network = 0; network < AddressNetworkTable.Count; network++)
        {
            if (networks.Has(network) && words[network] is { } known)
                union |= known[at];
        }

        return union;
    }

    /// <summary>Finds the position of the set bit that has the given number of set bits before it.</summary>
    private static int FindSetBit(ReadOnlySpan<ulong> words, int before)
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
