namespace Connmgr.Bitcoin;

/// <summary>Text of a peer, made fit for logs and terminals.</summary>
internal static class PrintableAscii
{
    /// <summary>Reads bytes as ASCII, with '?' in place of all that is not printable.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (text, bytes) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = bytes[i] is >= (byte)' ' and <= (byte)'~' ? (char)bytes[i] : '?';
    });
}
