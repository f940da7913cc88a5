using System.Numerics;

namespace Connmgr;

/// <summary>
/// A Bloom filter of bans, which rules out most targets that are not banned. It takes from 8 to 16 bits per ban, so it fits into the
/// processor's cache when the bans do not; cache misses are most of the cost of a look-up among many bans. Each hash sets two bits. Removed
/// hashes stay until the filter is rebuilt.
/// </summary>
internal sealed class BanFilter
{
    private const int WordBits = 64;
    private const int BitsPerBan = 16;
    private const int MinBits = 1024;

    private readonly ulong[] _words;
    private readonly int _shift;
    private int _room;

    /// <param name="count">The number of bans that will be added at once. The same number can be added later.</param>
    public BanFilter(int count)
    {
        var bits = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(MinBits, count * BitsPerBan));
        _words = new ulong[bits / WordBits];
        _shift = 32 - BitOperations.Log2((uint)bits);
        _room = bits * 2 / BitsPerBan;
    }

    /// <summary>Adds a hash.</summary>
    /// <returns>False if the filter contains so many hashes that it should be rebuilt.</returns>
    public bool TryAdd(int hash)
    {
        var (first, second) = GetPositions(hash);
        _words[first / WordBits] |= 1UL << (int)(first % WordBits);
        _words[second / WordBits] |= 1UL << (int)(second % WordBits);
        return --_room >= 0;
    }

    public bool MayContain(int hash)
    {
        var (first, second) = GetPositions(hash);
        return (_words[first / WordBits] & (1UL << (int)(first % WordBits))) != 0 && (_words[second / WordBits] & (1UL << (int)(second % WordBits))) != 0;
    }

    private (uint First, uint Second) GetPositions(int hash) => unchecked(((uint)hash >> _shift, ((uint)hash * 0x9E37_79B1) >> _shift));
}
