using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// Destinations of I2P and their private keys, in binary and in I2P's base64, which has '-' and '~' instead of '+' and '/'. The address of a
/// destination is its SHA-256 hash. Pure.
/// </summary>
internal static class I2PDestination
{
    /// <summary>The longest form in binary that is accepted. Usual ones have 391 bytes, with the private keys 679.</summary>
    public const int MaxLength = 16_384;

    private static readonly SearchValues<char> NotInBase64 = SearchValues.Create("+/ \t\r\n");

    private const int CertificateLengthAt = 385;
    private const int LeastLength = 387;

    /// <summary>Decodes base64.</summary>
    /// <returns>False if it is none, or too long.</returns>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length is 0 or > MaxLength * 4 / 3 || text.AsSpan().ContainsAny(NotInBase64))
            return false;
        var buffer = new byte[text.Length];
        var padded = text.Replace('-', '+').Replace('~', '/').PadRight((text.Length + 3) / 4 * 4, '=');
        if (!Convert.TryFromBase64String(padded, buffer, out var length))
            return false;
        bytes = buffer[..length];
        return true;
    }

    /// <summary>Encodes bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '~');

    /// <summary>Gets the address of a destination.</summary>
    /// <param name="bytes">The destination, alone or with its private keys behind it.</param>
    /// <param name="address">The address.</param>
    /// <returns>False if the bytes do not begin with a destination.</returns>
    public static bool TryGetAddress(ReadOnlySpan<byte> bytes, out NetworkAddress address)
    {
        address = default;
        if (!TryGetLength(bytes, out var length))
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], hash);
        address = NetworkAddress.From32(AddressNetwork.I2P, hash);
        return true;
    }

    /// <summary>Determines whether bytes are a destination with its private keys behind it.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> bytes) => I2PPrivateKey.GetError(bytes) is null;

    /// <summary>Gets the length of a destination: two keys of together 384 bytes, and a certificate, whose length it contains.</summary>
    public static bool TryGetLength(ReadOnlySpan<byte> bytes, out int length)
    {
        length = bytes.Length < LeastLength ? 0 : LeastLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[CertificateLengthAt..]);
        return length > 0 && length <= bytes.Length;
    }
}
