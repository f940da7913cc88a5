using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>The properties of a chain's messages in the v1 transport.</summary>
/// <param name="Magic">The magic, as <see cref="FrameHeader.GetMagic"/> returns it.</param>
/// <param name="MaxPayloadLength">The length of the longest payload, in bytes.</param>
/// <param name="Checksum">The function that computes checksums; null for Bitcoin's.</param>
internal readonly record struct FrameFormat(uint Magic, int MaxPayloadLength, Func<ReadOnlySpan<byte>, uint>? Checksum)
{
    /// <summary>The shortest <see cref="ChainParameters.MaxPayloadLength"/>: a version message fits.</summary>
    public const int MinMaxPayloadLength = ChainParameters.LeastMaxPayloadLength;

    /// <summary>The longest <see cref="ChainParameters.MaxPayloadLength"/>.</summary>
    public const int MaxMaxPayloadLength = ChainParameters.GreatestMaxPayloadLength;

    /// <summary>Creates the format of Bitcoin's messages with a magic.</summary>
    public static FrameFormat FromMagic(uint magic) => new(magic, FrameHeader.MaxPayloadLength, null);

    /// <summary>Creates the format of a chain.</summary>
    public static FrameFormat FromChain(ChainParameters chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return new(BinaryPrimitives.ReadUInt32LittleEndian(chain.Magic.AsSpan()), chain.MaxPayloadLength, chain.Checksum);
    }

    /// <summary>Computes the checksum of a payload.</summary>
    public uint ComputeChecksum(ReadOnlySpan<byte> payload)
    {
        if (Checksum is { } custom)
            return custom(payload);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(payload, hash);
        return ComputeChecksumOfHash(hash);
    }

    /// <summary>Computes Bitcoin's checksum of a payload from its SHA-256, which is overwritten.</summary>
    public static uint ComputeChecksumOfHash(Span<byte> hash)
    {
        SHA256.HashData(hash, hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash);
    }
}
