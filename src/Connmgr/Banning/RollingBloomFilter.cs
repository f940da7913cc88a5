using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// A set that forgets. It contains the last n elements, up to 1.5 n, and reports any other element as contained with a small probability.
/// Three generations of n/2 elements share the positions; each position stores, in two bits, the number of the last generation that set it.
/// A keyed hash determines the positions, so that attackers cannot choose the false positives. Uses no lock.
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

    // Each array holds one bit of the generation numbers. Created when the first element is added.
    private ulong[] _low = [];
    private ulong[] _high = [];
    private int _generation = 1;
    private int _inGeneration;

    /// <param name="capacity">The number n of elements that are contained for certain.</param>
    /// <param name="falsePositiveRate">The maximum probability of a false positive, reached with 1.5 n elements.</param>
    /// <param name="secret">The key of the hash, 32 bytes.</param>
    public RollingBloomFilter(int capacity, double falsePositiveRate, ReadOnlySpan<byte> secret)
    {
        _firstKey = BinaryPrimitives.ReadUInt128LittleEndian(secret);
        _secondKey = BinaryPrimitives.ReadUInt128LittleEndian(secret[KeyLength..]);
        _perGeneration = (capacity + 1) / 2;
        _hashes = Math.Max(1, (int)Math.Round(-Math.Log2(falsePositiveRate)));

        // With m positions and k hashes, n elements leave a position unset with probability e^(-kn/m).
        var fill = Math.Pow(falsePositiveRate, 1.0 / _hashes);
        _positions = (ulong)Math.Ceiling(-(double)_hashes * _perGeneration * Generations / Math.Log(1 - fill));
    }

    /// <summary>True while no element has been added.</summary>
    public bool IsEmpty => _low.Length == 0;

    /// <summary>The memory in bytes that the set uses after the first addition.</summary>
    public long Length => 2 * sizeof(ulong) * (long)Words;

    private int Words => (int)((_positions + WordBits - 1) / WordBits);

    public void Add(ReadOnlySpan<byte> thing)
    {
        if (IsEmpty)
            (_low, _high) = (new ulong[Words], new ulong[Words]);
        var hash = new Hash(_firstKey, _secondKey, thing);

        // Already in this generation. Counting it again would let one host, by adding itself over and over, make the set forget the others.
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

    /// <summary>Clears the positions of the oldest generation, whose number the next generation reuses.</summary>
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
    /// Derives any number of hashes from two, with a cubic term, so that two elements share only some of them.
    /// </summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Hash(UInt128 firstKey, UInt128 secondKey, ReadOnlySpan<byte> thing)
    {
        private readonly ulong _first = SipHash.Hash(firstKey, thing);
        private readonly ulong _second = SipHash.Hash(secondKey, thing);

        public ulong At(ulong index) => unchecked(_first + (index * _second) + (((index * index * index) - index) / 6));
    }
}
