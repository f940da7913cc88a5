using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// A set that forgets: it knows the last n things that were added, up to 1.5 n, and of any other says with a small probability that it
/// knows it. Three generations of n/2 share the positions; a position has the number of the last generation that set it, in two bits.
/// Positions follow from a keyed hash, so that attackers cannot choose the false positives. It has no lock.
/// </summary>
internal sealed class RollingBloomFilter
{
    private const int Generations = 3;
    private const int WordBits = 64;
    private const int KeyLength = 16;

    private readonly UInt128 _firstKey;
    private readonly UInt128 _secondKey;
    private readonly int _hashes;
    private readonly ulong _positions;
    private readonly int _perGeneration;

    // One bit of the number of the generation in each. Made when the first thing is added.
    private ulong[] _low = [];
    private ulong[] _high = [];
    private int _generation = 1;
    private int _inGeneration;

    /// <param name="capacity">n.</param>
    /// <param name="falsePositiveRate">The probability, at most, when all 1.5 n are in.</param>
    /// <param name="secret">The key of the hash, 32 bytes.</param>
    public RollingBloomFilter(int capacity, double falsePositiveRate, ReadOnlySpan<byte> secret)
    {
        _firstKey = BinaryPrimitives.ReadUInt128LittleEndian(secret);
        _secondKey = BinaryPrimitives.ReadUInt128LittleEndian(secret[KeyLength..]);
        _perGeneration = (capacity + 1) / 2;
        _hashes = Math.Max(1, (int)Math.Round(-Math.Log2(falsePositiveRate)));

        // With m positions and k hashes, n things leave a position unset with probability e^(-kn/m).
        var fill = Math.Pow(falsePositiveRate, 1.0 / _hashes);
        _positions = (ulong)Math.Ceiling(-(double)_hashes * _perGeneration * Generations / Math.Log(1 - fill));
    }

    /// <summary>True while nothing was added.</summary>
    public bool IsEmpty => _low.Length == 0;

    /// <summary>The memory it takes once something was added, in bytes.</summary>
    public long Length => 2 * sizeof(ulong) * (long)Words;

    private int Words => (int)((_positions + WordBits - 1) / WordBits);

    public void Add(ReadOnlySpan<byte> thing)
    {
        if (IsEmpty)
            (_low, _high) = (new ulong[Words], new ulong[Words]);
        var hash = new Hash(_firstKey, _secondKey, thing);

        // Known to this generation: to count it again would let one host, by adding itself over and over, make the set forget the others.
        if (Has(hash, _generation))
            return;
        if (_inGeneration == _perGeneration)
            BeginGeneration();
        _inGeneration++;
        for (var i = 0; i < _hashes; i++)
        {
            var (word, bit) = GetPosition(hash, i);
            _low[word] = (_generation & 1) != 0 ? _low[word] | bit : _low[word] & ~bit;
            _high[word] = (_generation & 2) != 0 ? _high[word] | bit : _high[word] & ~bit;
        }
    }

    public bool Contains(ReadOnlySpan<byte> thing) => !IsEmpty && Has(new Hash(_firstKey, _secondKey, thing), generation: null);

    /// <summary>Determines whether all positions of an element are set, by one generation or by any.</summary>
    private bool Has(in Hash hash, int? generation)
    {
        for (var i = 0; i < _hashes; i++)
        {
            var (word, bit) = GetPosition(hash, i);
            var setBy = ((_low[word] & bit) != 0 ? 1 : 0) | ((_high[word] & bit) != 0 ? 2 : 0);
            if (setBy == 0 || (generation is { } wanted && setBy != wanted))
                return false;
        }

        return true;
    }

    /// <summary>Clears what the oldest generation set last: its number is the next one's.</summary>
    private void BeginGeneration()
    {
        _generation = (_generation % Generations) + 1;
        _inGeneration = 0;
        var (low, high) = ((_generation & 1) != 0 ? ulong.MaxValue : 0, (_generation & 2) != 0 ? ulong.MaxValue : 0);
        for (var word = 0; word < _low.Length; word++)
        {
            var others = (_low[word] ^ low) | (_high[word] ^ high);
            _low[word] &= others;
            _high[word] &= others;
        }
    }

    private (int Word, ulong Bit) GetPosition(in Hash hash, int index)
    {
        var position = Math.BigMul(hash.At((ulong)index), _positions, out _);
        return ((int)(position / WordBits), 1UL << (int)(position % WordBits));
    }

    /// <summary>
    /// As many hashes as are wanted from two: with a term of the third degree, so that no two things share more than some of them.
    /// </summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Hash(UInt128 firstKey, UInt128 secondKey, ReadOnlySpan<byte> thing)
    {
        private readonly ulong _first = SipHash.Hash(firstKey, thing);
        private readonly ulong _second = SipHash.Hash(secondKey, thing);

        public ulong At(ulong index) => unchecked(_first + (index * _second) + (((index * index * index) - index) / 6));
    }
}
