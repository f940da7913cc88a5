using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>The keys of one connection, derived from the shared secret (BIP324). The sealer and the opener belong to the objects that take them.</summary>
internal sealed class TransportKeys
{
    private TransportKeys(PacketSealer sealer, PacketOpener opener, byte[] sessionId, byte[] sent, byte[] received) =>
        (Sealer, Opener, SessionId, SentTerminator, ReceivedTerminator) = (sealer, opener, sessionId, sent, received);

    /// <summary>The cipher of the packets that this side sends.</summary>
    public PacketSealer Sealer { get; }

    /// <summary>The cipher of the packets that this side receives.</summary>
    public PacketOpener Opener { get; }

    /// <summary>The id of the session, 32 bytes, the same on both sides.</summary>
    public byte[] SessionId { get; }

    /// <summary>The 16 bytes that end this side's garbage.</summary>
    public byte[] SentTerminator { get; }

    /// <summary>The 16 bytes that end the other side's garbage.</summary>
    public byte[] ReceivedTerminator { get; }

    /// <summary>Derives the keys.</summary>
    /// <param name="secret">The shared secret, 32 bytes.</param>
    /// <param name="magic">The four bytes of the chain's magic.</param>
    /// <param name="isInitiator">True for the side that dialled.</param>
    public static TransportKeys Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> magic, bool isInitiator)
    {
        ReadOnlySpan<byte> salt = [.. "bitcoin_v2_shared_secret"u8, .. magic];
        Span<byte> root = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> key = stackalloc byte[ChaCha20.KeySize];
        HKDF.Extract(HashAlgorithmName.SHA256, secret, salt, root);
        var sessionId = new byte[ChaCha20.KeySize];
        HKDF.Expand(HashAlgorithmName.SHA256, root, sessionId, "session_id"u8);
        HKDF.Expand(HashAlgorithmName.SHA256, root, key, "garbage_terminators"u8);
        byte[] first = [.. key[..PacketFormat.TerminatorSize]], second = [.. key[PacketFormat.TerminatorSize..]];
        var initiatorsLengths = new LengthCipher(Expand(root, "initiator_L"u8, key));
        var initiatorsPackets = new PacketCipher(Expand(root, "initiator_P"u8, key));
        var respondersLengths = new LengthCipher(Expand(root, "responder_L"u8, key));
        var respondersPackets = new PacketCipher(Expand(root, "responder_P"u8, key));
        CryptographicOperations.ZeroMemory(root);
        CryptographicOperations.ZeroMemory(key);
        return isInitiator
            ? new(new(initiatorsLengths, initiatorsPackets), new(respondersLengths, respondersPackets), sessionId, first, second)
            : new(new(respondersLengths, respondersPackets), new(initiatorsLengths, initiatorsPackets), sessionId, second, first);
    }

    private static ReadOnlySpan<byte> Expand(ReadOnlySpan<byte> root, ReadOnlySpan<byte> info, Span<byte> key)
    {
        HKDF.Expand(HashAlgorithmName.SHA256, root, key, info);
        return key;
    }
}
