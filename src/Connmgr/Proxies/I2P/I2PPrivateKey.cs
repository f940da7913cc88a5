using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The form of a destination with its private keys: the destination, whose certificate names the types of its keys, then the private encryption key,
/// the private signing key and, where that is zero, the keys of an offline signature (I2P's common structures specification). Pure.
/// </summary>
internal static class I2PPrivateKey
{
    private const int CertificateAt = 384;
    private const int TypesAt = 387;
    private const int TypesLength = 4;
    private const int PublicSigningKeyLength = 128; // The room for it; what is longer is in the certificate.
    private const byte KeyCertificate = 5;
    private const byte LastOldCertificate = 4; // With one of those, the types are the oldest ones, as with none.

    /// <summary>Gets the error of a form.</summary>
    /// <returns>
    /// The error as a part of a sentence; null for a form that is right. Keys of types that are unknown here have any length, which the router judges.
    /// </returns>
    public static string? GetError(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > I2PDestination.MaxLength)
            return Invariant($"it has {bytes.Length} bytes, more than {I2PDestination.MaxLength}");
        if (!I2PDestination.TryGetLength(bytes, out var length))
            return Invariant($"its {bytes.Length} bytes do not hold a whole destination");
        if (bytes.Length == length)
            return Invariant($"its {bytes.Length} bytes hold a destination without private keys");
        var certificate = bytes[CertificateAt];
        if (certificate > KeyCertificate)
            return Invariant($"its destination has a certificate of the unknown type {certificate}");
        var (signing, encryption) = (0, 0);
        if (certificate == KeyCertificate)
        {
            if (length < TypesAt + TypesLength)
                return "the certificate of its destination is too short";
            (signing, encryption) = (BinaryPrimitives.ReadUInt16BigEndian(bytes[TypesAt..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(TypesAt + 2)..]));
        }

        if (GetLengths(signing) is not { } lengths || GetEncryptionLength(encryption) is not { } encryptionLength)
            return null;
        if (certificate == KeyCertificate && length - TypesAt - TypesLength < lengths.Public - PublicSigningKeyLength)
            return "the certificate of its destination is too short for its signing key";
        return GetErrorOfKeys(bytes[length..], encryptionLength, lengths) is { } expected ? Invariant($"it has {bytes.Length} bytes instead of {length + expected}") : null;
    }

    /// <summary>Gets the length that private keys should have.</summary>
    /// <returns>Null if they have it.</returns>
    private static int? GetErrorOfKeys(ReadOnlySpan<byte> keys, int encryptionLength, KeyLengths signing)
    {
        var plain = encryptionLength + signing.Private;
        if (keys.Length < plain || keys[encryptionLength..plain].ContainsAnyExcept((byte)0))
            return keys.Length == plain ? null : plain;

        // The signing key is elsewhere: an expiry, the type of a transient key, its public key, a signature of these, and its private key.
        const int header = sizeof(uint) + sizeof(ushort);
        if (keys.Length < plain + header)
            return plain + header;
        if (GetLengths(BinaryPrimitives.ReadUInt16BigEndian(keys[(plain + sizeof(uint))..])) is not { } transient)
            return null;
        var whole = plain + header + transient.Public + signing.Signature + transient.Private;
        return keys.Length == whole ? null : whole;
    }

    private static int? GetEncryptionLength(int type) => type switch
    {
        0 => 256, // ElGamal; also of destinations whose encryption keys are elsewhere, as usual today.
        4 => 32, // X25519.
        _ => null,
    };

    private static KeyLengths? GetLengths(int type) => type switch
    {
        0 => new(128, 20, 40), // DSA.
        1 => new(64, 32, 64), // ECDSA P-256.
        2 => new(96, 48, 96), // P-384.
        3 => new(132, 66, 132), // P-521.
        4 => new(256, 512, 256), // RSA of 2048 bits.
        5 => new(384, 768, 384), // 3072.
        6 => new(512, 1024, 512), // 4096.
        7 or 8 or 11 => new(32, 32, 64), // Ed25519, also prehashed or for blinding.
        _ => null,
    };

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct KeyLengths(int Public, int Private, int Signature);
}
