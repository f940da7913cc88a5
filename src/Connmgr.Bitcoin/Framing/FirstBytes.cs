using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>Recognizes the protocol of a peer whose first bytes are not the chain's magic. Pure.</summary>
internal static class FirstBytes
{
    private static readonly SearchValues<byte> TextBytes =
        SearchValues.Create([(byte)'\t', (byte)'\r', (byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static value => (byte)value)]);

    /// <summary>
    /// Determines whether a peer has probably begun the encrypted transport (BIP324), with a key that looks like random bytes, of which a
    /// peer sends 64 at once. Everything else counts as that, except text (SSH, HTTP), TLS, and the version message of another chain.
    /// </summary>
    /// <param name="bytes">The bytes that have arrived so far, at least one.</param>
    public static bool AreEncrypted(ReadOnlySpan<byte> bytes) => !IsText(bytes) && !IsTls(bytes) && !IsVersionOfAnotherChain(bytes);

    /// <summary>
    /// Determines whether the bytes are text. The chance that this many random bytes are text is less than one in ten million.
    /// </summary>
    private static bool IsText(ReadOnlySpan<byte> bytes) =>
        !bytes[..Math.Min(16, bytes.Length)].ContainsAnyExcept(TextBytes);

    /// <summary>Determines whether the bytes are a handshake record of version 3.0 to 3.4.</summary>
    private static bool IsTls(ReadOnlySpan<byte> bytes) => bytes is [0x16] or [0x16, 0x03] or [0x16, 0x03, <= 4, ..];

    private static bool IsVersionOfAnotherChain(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 4 + MessageCommand.Size && MessageCommand.TryRead(bytes[4..], out var command) && command == MessageCommand.Version;
}
