namespace Connmgr.Bitcoin;

/// <summary>
/// Reads the reject message (BIP61), in which older nodes and btcd give the reason before they close. Used in error messages only.
/// </summary>
internal static class RejectMessage
{
    /// <summary>The longest reason that is read. Bitcoin Core never sent a longer one.</summary>
    private const int MaxReasonLength = 111;

    /// <summary>Describes a message.</summary>
    /// <returns>Printable ASCII, such as <c>version: obsolete (0x11)</c>; null if the payload is malformed.</returns>
    public static string? Describe(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new PayloadReader(payload, MessageCommand.Reject, ProtocolViolation.BadPayload);
            var about = ReadText(ref reader, MessageCommand.Size);
            var code = reader.ReadByte();
            return $"{about}: {ReadText(ref reader, MaxReasonLength)} (0x{code:x2})";
        }
        catch (BitcoinProtocolException)
        {
            return null; // At most once in a handshake, so the cost of the exception does not matter.
        }
    }

    private static string ReadText(ref PayloadReader reader, int maxLength) =>
        reader.ReadPrintableAscii((int)Math.Min(reader.ReadCompactSize(), int.MaxValue), maxLength);
}
