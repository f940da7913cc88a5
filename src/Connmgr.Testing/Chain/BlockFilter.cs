using Connmgr.Bitcoin;
using Connmgr.Rules;

namespace Connmgr.Testing;

/// <summary>Builds the basic compact filter of a block (BIP158).</summary>
internal static class BlockFilter
{
    private const int BitsOfRemainder = 19; // P
    private const ulong RangePerItem = 784_931; // M
    private const byte OpReturn = 0x6a;

    /// <summary>Builds a filter.</summary>
    /// <param name="block">The hash of the block, which keys the filter.</param>
    /// <param name="transactions">The transactions of the block.</param>
    /// <param name="spent">The scripts of the outputs that they spend.</param>
    public static byte[] Build(Hash256 block, IEnumerable<ChainTransaction> transactions, IEnumerable<byte[]> spent)
    {
        var scripts = transactions.SelectMany(static transaction => transaction.Outputs).Select(static output => output.Script)
            .Where(static script => script is not [OpReturn, ..])
            .Concat(spent)
            .Where(static script => script.Length > 0)
            .DistinctBy(Convert.ToHexString, StringComparer.Ordinal)
            .ToArray();
        var range = (ulong)scripts.Length * RangePerItem;
        var values = scripts.Select(script => (ulong)(((UInt128)SipHash.Hash(block.Low, script) * range) >> 64)).Order().ToArray();

        var header = new PayloadWriter();
        header.WriteCompactSize((ulong)values.Length);
        return [.. header.ToArray(), .. Encode(values)];
    }

    /// <summary>Encodes the differences of sorted values by Golomb and Rice.</summary>
    private static byte[] Encode(ulong[] values)
    {
        List<byte> bytes = [];
        var used = 8; // Bits of the last byte.
        var last = 0UL;
        foreach (var value in values)
        {
            var difference = value - last;
            last = value;
            for (var ones = difference >> BitsOfRemainder; ones > 0; ones--)
                Add(1);
            Add(0);
            for (var bit = BitsOfRemainder - 1; bit >= 0; bit--)
                Add((int)(difference >> bit) & 1);
        }

        return [.. bytes];

        void Add(int bit)
        {
            if (used == 8)
            {
                bytes.Add(0);
                used = 0;
            }

            bytes[^1] |= (byte)(bit << (7 - used++));
        }
    }
}
