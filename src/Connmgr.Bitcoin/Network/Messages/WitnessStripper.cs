using System.Diagnostics.CodeAnalysis;

namespace Connmgr.Bitcoin;

/// <summary>Removes the witnesses of a transaction, for peers that do not know them (BIP144).</summary>
internal static class WitnessStripper
{
    private const int VersionLength = 4;
    private const int LockTimeLength = 4;
    private const int OutPointLength = 36;
    private const int SequenceLength = 4;
    private const int ValueLength = 8;

    /// <summary>Removes the witnesses.</summary>
    /// <param name="transaction">A transaction, with or without witnesses.</param>
    /// <param name="stripped">The transaction without witnesses: the same bytes if it has none.</param>
    /// <returns>False if the bytes are not a transaction.</returns>
    public static bool TryStrip(ReadOnlyMemory<byte> transaction, [NotNullWhen(true)] out ReadOnlyMemory<byte>? stripped)
    {
        stripped = null;
        var bytes = transaction.Span;
        if (bytes.Length < VersionLength + 2 + LockTimeLength)
            return false;
        if (bytes[VersionLength] != 0 || bytes[VersionLength + 1] == 0)
        {
            stripped = transaction; // The second byte is zero without witnesses only if there are neither inputs nor outputs.
            return true;
        }

        try
        {
            var reader = new PayloadReader(bytes[(VersionLength + 2)..], MessageCommand.Tx, ProtocolViolation.BadPayload);
            var before = reader.Remaining;
            var inputs = reader.ReadCompactSize();
            if (inputs == 0)
                return false; // Witnesses belong to inputs. Without both, the rest would read as a transaction with witnesses again.
            for (; inputs > 0; inputs--)
            {
                reader.ReadBytes(OutPointLength);
                SkipBytes(ref reader);
                reader.ReadBytes(SequenceLength);
            }

            for (var outputs = reader.ReadCompactSize(); outputs > 0; outputs--)
            {
                reader.ReadBytes(ValueLength);
                SkipBytes(ref reader);
            }

            var body = bytes.Slice(VersionLength + 2, before - reader.Remaining);
            stripped = (byte[])[.. bytes[..VersionLength], .. body, .. bytes[^LockTimeLength..]];
            return reader.Remaining >= LockTimeLength;
        }
        catch (BitcoinProtocolException)
        {
            return false;
        }
    }

    private static void SkipBytes(ref PayloadReader reader)
    {
        var length = reader.ReadCompactSize();
        reader.ReadBytes((int)Math.Min(length, int.MaxValue));
    }
}
