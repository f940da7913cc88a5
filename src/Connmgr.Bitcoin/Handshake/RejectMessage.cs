namespace Connmgr.Bitcoin;

/// <summary>The reject message (BIP61), by which older nodes and btcd say why they are about to close. Read for its words alone.</summary>
internal static class RejectMessage
{
    public static readonly MessageCommand Command = new("reject");

    /// <summary>The longest reason that is read: as long as Bitcoin Core ever sent.</summary>
    private const int MaxReasonLength = 111;

    /// <summary>Reads a message as text for people.</summary>
    /// <returns>Printable ASCII, such as <c>version: obsolete (0x11)</c>; null when the payload is none.</returns>
    public static string? Describe(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new PayloadReader(payload, Command, ProtocolViolation.BadPayload);
            var about = ReadText(ref reader, MessageCommand.Size);
            var code = reader.ReadByte();
            return $"{about}: {ReadText(ref reader, MaxReasonLength)} (0x{code:x2})";
        }
        catch (BitcoinProtocolException)
        {
            return null; // Once in a handshake.
        }
    }

    private static string ReadText(ref PayloadReader reader, int maxLength) =>
        reader.ReadPrintableAscii((int)Math.Min(reader.ReadCompactSize(), int.MaxValue), maxLength);
}
