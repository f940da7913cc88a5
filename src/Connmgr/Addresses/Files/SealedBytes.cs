using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// What Bitcoin Core's files of addresses have around their content: the chain's magic before, twice SHA-256 of all that after.
/// </summary>
internal static class SealedBytes
{
    public const int MagicLength = 4;
    public const int ChecksumLength = SHA256.HashSizeInBytes;

    public static void WriteChecksum(DiskWriter writer) => writer.WriteBytes(SHA256.HashData(SHA256.HashData(writer.Written.Span)));

    /// <summary>The magic as it is, when it can be one.</summary>
    /// <exception cref="ArgumentException">It is not 4 bytes.</exception>
    public static ReadOnlySpan<byte> Check(ReadOnlySpan<byte> magic) => magic.Length == MagicLength
        ? magic
        : throw new ArgumentException(
            $"The magic of a chain has {MagicLength} bytes, not {magic.Length}; take that of the ChainParameters.", nameof(magic));

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="AddressFileException">It is too long to be what it should be.</exception>
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

    /// <summary>The content, without magic and checksum.</summary>
    /// <exception cref="AddressFileException">One of them is not right.</exception>
    public static ReadOnlySpan<byte> Open(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        if (bytes.Length >= MagicLength && !bytes.StartsWith(magic))
        {
            throw new AddressFileException(
                path,
                AddressFileErrorCode.WrongMagic,
                $"{path} begins with {BinaryPrimitives.ReadUInt32BigEndian(bytes):x8}, not with {Convert.ToHexStringLower(magic)}: "
                + "it is of another chain, or no file of addresses.");
        }

        var end = bytes.Length - ChecksumLength;
        if (end < MagicLength || !SHA256.HashData(SHA256.HashData(bytes[..end])).AsSpan().SequenceEqual(bytes[end..]))
        {
            throw new AddressFileException(
                path,
                AddressFileErrorCode.ChecksumMismatch,
                $"{path}, {bytes.Length} bytes, is damaged or cut short: its checksum is not right.");
        }

        return bytes[MagicLength..end];
    }

    public static AddressFileException Malformed(string path, FormatException exception) => new(
        path,
        AddressFileErrorCode.Malformed,
        $"{path} is not as Bitcoin Core writes it: {exception.Message}.",
        exception);
}
