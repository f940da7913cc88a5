using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>A block of the sandbox's chain, which is valid by the rules of regtest. Immutable.</summary>
internal sealed class ChainBlock
{
    public const int HeaderSize = 80;

    private const int Bits = 0x207f_ffff; // The easiest target there is: every second hash is below it.
    private const int EasiestTop = 0x7f_ffff; // Its highest three bytes.
    private const int NonceOffset = 76;
    private const int FirstNonce = 2; // That of regtest's first block, which is not the smallest.

    private ChainBlock(int height, uint time, TimeSpan mined, byte[] header, ImmutableArray<ChainTransaction> transactions, byte[] filter, Hash256 previousFilterHeader)
    {
        (Height, Time, Mined, Header, Transactions, Filter) = (height, time, mined, header, transactions, filter);
        Hash = Hash256.Compute(header);
        FilterHash = Hash256.Compute(filter);
        FilterHeader = Hash256.Compute(FilterHash, previousFilterHeader);
    }

    public int Height { get; }

    /// <summary>The time in the header, in seconds since 1970.</summary>
    public uint Time { get; }

    /// <summary>The time at which it came into the world, since the chain began to grow.</summary>
    public TimeSpan Mined { get; }

    public byte[] Header { get; }

    public ImmutableArray<ChainTransaction> Transactions { get; }

    public Hash256 Hash { get; }

    /// <summary>The basic compact filter (BIP158).</summary>
    public byte[] Filter { get; }

    public Hash256 FilterHash { get; }

    public Hash256 FilterHeader { get; }

    /// <summary>Finds the proof of work of a block.</summary>
    /// <param name="previous">The block before it; null for the first.</param>
    /// <param name="version">The version in the header.</param>
    /// <param name="time">The time in the header.</param>
    /// <param name="mined">The time at which it comes into the world, since the chain began to grow.</param>
    /// <param name="transactions">The transactions, the coinbase first.</param>
    /// <param name="spent">The scripts of the outputs that they spend.</param>
    public static ChainBlock Mine(
        ChainBlock? previous, int version, uint time, TimeSpan mined, ImmutableArray<ChainTransaction> transactions, IEnumerable<byte[]> spent)
    {
        var writer = new PayloadWriter();
        writer.WriteInt32(version);
        writer.WriteBytes((previous?.Hash ?? default).ToArray());
        writer.WriteBytes(Hash256.ComputeRoot(transactions.Select(static transaction => transaction.Id)).ToArray());
        writer.WriteInt32((int)time);
        writer.WriteInt32(Bits);
        writer.WriteInt32(previous is null ? FirstNonce : 0);
        var header = writer.ToArray();
        while (!HasProofOfWork(header))
            header[NonceOffset]++; // 256 failures in a row do not occur.

        var filter = BlockFilter.Build(Hash256.Compute(header), transactions, spent);
        return new(previous is null ? 0 : previous.Height + 1, time, mined, header, transactions, filter, previous?.FilterHeader ?? default);
    }

    /// <summary>Returns the bytes of the block, with or without witnesses.</summary>
    public byte[] Serialize(bool withWitnesses)
    {
        var writer = new PayloadWriter();
        writer.WriteBytes(Header);
        writer.WriteCompactSize((ulong)Transactions.Length);
        foreach (var transaction in Transactions)
            writer.WriteBytes(withWitnesses ? transaction.Bytes : transaction.Serialize(withWitnesses: false));
        return writer.ToArray();
    }

    private static bool HasProofOfWork(byte[] header)
    {
        Span<byte> hash = stackalloc byte[Hash256.Size];
        Hash256.Compute(header).Write(hash);
        return ((hash[31] << 16) | (hash[30] << 8) | hash[29]) < EasiestTop;
    }
}
