using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>A transaction to be sent, with its ids. Immutable.</summary>
internal sealed class PrivateTransaction
{
    private const int OutPointLength = 36;
    private const int SequenceLength = 4;
    private const int ValueLength = 8;

    private PrivateTransaction(byte[] bytes, ReadOnlyMemory<byte> stripped)
    {
        (Bytes, Stripped) = (bytes, stripped);
        (TxId, WtxId) = (Hash(stripped.Span), Hash(bytes));
    }

    /// <summary>The transaction, with its witnesses.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The transaction without its witnesses.</summary>
    public ReadOnlyMemory<byte> Stripped { get; }

    /// <summary>The txid.</summary>
    public byte[] TxId { get; }

    /// <summary>The wtxid.</summary>
    public byte[] WtxId { get; }

    /// <summary>Reads a transaction.</summary>
    /// <returns>Null if the bytes are not exactly one transaction with inputs and outputs.</returns>
    public static PrivateTransaction? TryRead(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            Check(bytes.Span);
        }
        catch (BitcoinProtocolException)
        {
            return null;
        }

        var copy = bytes.ToArray();
        return WitnessStripper.TryStrip(copy, out var stripped) ? new(copy, stripped.Value) : null;
    }

    private static void Check(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes, MessageCommand.Tx, ProtocolViolation.BadPayload);
        reader.ReadInt32();
        var hasWitnesses = reader.Remaining > 1 && bytes[^reader.Remaining] == 0 && bytes[^(reader.Remaining - 1)] == 1;
        if (hasWitnesses)
            reader.ReadBytes(2);
        var inputs = reader.ReadCompactSize();
        for (var i = 0UL; i < inputs; i++)
        {
            reader.ReadBytes(OutPointLength);
            SkipBytes(ref reader);
            reader.ReadBytes(SequenceLength);
        }

        var outputs = reader.ReadCompactSize();
        for (var i = 0UL; i < outputs; i++)
        {
            reader.ReadBytes(ValueLength);
            SkipBytes(ref reader);
        }

        for (var i = 0UL; hasWitnesses && i < inputs; i++)
        {
            for (var items = reader.ReadCompactSize(); items > 0; items--)
                SkipBytes(ref reader);
        }

        reader.ReadInt32();
        if (inputs == 0 || outputs == 0 || !reader.IsAtEnd)
            throw new BitcoinProtocolException(ProtocolViolation.BadPayload, "It is not a transaction.");
    }

    private static void SkipBytes(ref PayloadReader reader)
    {
        var length = reader.ReadCompactSize();
        reader.ReadBytes((int)Math.Min(length, int.MaxValue));
    }

    private static byte[] Hash(ReadOnlySpan<byte> bytes) => SHA256.HashData(SHA256.HashData(bytes));
}
