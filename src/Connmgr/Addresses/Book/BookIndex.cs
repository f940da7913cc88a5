using System.Numerics;

namespace Connmgr;

/// <summary>
/// The entries of a table that offer some services, in bits: for each network a word for each bucket, with a bit for each entry, and a bit for each bucket that has
/// one. So one of any networks is chosen in constant time, however few there are. Design A-4.
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

    /// <summary>The service bits that each of its entries offers, all of them; 0: any.</summary>
    public ulong Services { get; }

    private int Words => _bucketCount / 64;

    public bool IsOffered(ulong services) => (services & Services) == Services;

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

    /// <summary>The place of an entry of one of these networks: each bucket that has one is equally likely, and in it each of them. -1 when there is none.</summary>
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
        var bucket = BitAt(buckets, random.Next(count));
        var entries = Union(_entries, bucket, networks);
        var position = BitAt([entries], random.Next(BitOperations.PopCount(entries)));
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
