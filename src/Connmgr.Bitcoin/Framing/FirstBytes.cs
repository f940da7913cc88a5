using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>Tells by its first bytes what a peer speaks that does not begin with the chain's magic. Pure.</summary>
internal static class FirstBytes
{
    private static readonly SearchValues<byte> TextBytes =
        SearchValues.Create([(byte)'\t', (byte)'\r', (byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static value => (byte)value)]);

    /// <summary>
    /// Tells whether a peer has probably begun with the encrypted transport (BIP324): with a key that looks like random bytes, of which a peer
    /// sends 64 at once. All is taken for that but text (SSH, HTTP), TLS, and the version message of another chain.
    /// </summary>
    /// <param name="bytes">The bytes that have come so far, one at least.</param>
    public static bool AreEncrypted(ReadOnlySpan<byte> bytes) => !IsText(bytes) && !IsTls(bytes) && !IsVersionOfAnotherChain(bytes);

    /// <summary>The chance that so many random bytes are text is less than one in ten million.</summary>
    private static bool IsText(ReadOnlySpan<byte> bytes) =>
        !bytes[..Math.Min(16, bytes.Length)].ContainsAnyExcept(TextBytes);

    /// <summary>A record of a handshake, of version 3.0 to 3.4.</summary>
    private static bool IsTls(ReadOnlySpan<byte> bytes) => bytes is [0x16] or [0x16, 0x03] or [0x16, 0x03, <= 4, ..];

    private static bool IsVersionOfAnotherChain(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 4 + MessageCommand.Size && MessageCommand.TryRead(bytes[4..], out var command) && command == MessageCommand.Version;
}
