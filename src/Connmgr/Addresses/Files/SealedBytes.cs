using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The envelope of Bitcoin Core's address files: the chain's magic before the content, the double SHA-256 hash of both after it.
/// </summary>
internal static class SealedBytes
{
    public const int MagicLength = 4;
    public const int ChecksumLength = SHA256.HashSizeInBytes;

    public static void WriteChecksum(DiskWriter writer) => writer.WriteBytes(SHA256.HashData(SHA256.HashData(writer.Written.Span)));

    /// <summary>Checks the length of a magic and returns it.</summary>
    /// <exception cref="ArgumentException">It does not have 4 bytes.</exception>
    public static ReadOnlySpan<byte> Check(ReadOnlySpan<byte> magic) => magic.Length == MagicLength
        ? magic
        : throw new ArgumentException(
            $"The magic of a chain has {MagicLength} bytes, not {magic.Length}; use that of the ChainParameters.", nameof(magic));

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="AddressFileException">It is longer than any valid file.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadFileAsync(string path, int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            return await NamedFile.ReadAsync(path, maxLength, cancellationToken).ConfigureAwait(false);
        }
        catch (FileTooLongException exception)
        {
            throw new AddressFileException(path, AddressFileErrorCode.Malformed, exception.Message, exception);
        }
    }

    /// <summary>Checks magic and checksum and returns the content between them.</summary>
    /// <exception cref="AddressFileException">One of them is wrong.</exception>
    public static ReadOnlySpan<byte> Open(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        if (bytes.Length >= MagicLength && !bytes.StartsWith(magic))
        {
            throw new AddressFileException(
                path,
                AddressFileErrorCode.WrongMagic,
                $"{path} begins with {BinaryPrimitives.ReadUInt32BigEndian(bytes):x8}, not with {Convert.ToHexStringLower(magic)}: "
                + "it belongs to another chain, or is not an address file.");
        }

        var end = bytes.Length - ChecksumLength;
        if (end < MagicLength || !SHA256.HashData(SHA256.HashData(bytes[..end])).AsSpan().SequenceEqual(bytes[end..]))
        {
            throw new AddressFileException(
                path,
                AddressFileErrorCode.ChecksumMismatch,
                $"{path}, {bytes.Length} bytes, is damaged or cut short: its checksum is wrong.");
        }

        return bytes[MagicLength..end];
    }

    public static AddressFileException Malformed(string path, FormatException exception) => new(
        path,
        AddressFileErrorCode.Malformed,
        $"{path} does not have the format of Bitcoin Core: {exception.Message}.",
        exception);
}
