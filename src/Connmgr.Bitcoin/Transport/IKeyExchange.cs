namespace Connmgr.Bitcoin;

/// <summary>The operations of the key exchange of BIP324 on the curve secp256k1. Thread-safe.</summary>
internal interface IKeyExchange
{
    /// <summary>Creates a key pair.</summary>
    /// <param name="secret">The secret key, 32 bytes, which is written.</param>
    /// <param name="encoding">The ElligatorSwift encoding of the public key, 64 bytes that look like random ones, which is written.</param>
    void CreateKey(Span<byte> secret, Span<byte> encoding);

    /// <summary>Computes the shared secret: the X-only Diffie-Hellman of the keys, hashed with their encodings.</summary>
    /// <param name="secret">The own secret key.</param>
    /// <param name="initiator">The encoding of the initiator's public key. Any 64 bytes are one.</param>
    /// <param name="responder">The encoding of the responder's public key. Any 64 bytes are one.</param>
    /// <param name="isInitiator">True when the secret key is the initiator's.</param>
    /// <param name="shared">The shared secret, 32 bytes, which is written.</param>
    void ComputeShared(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> initiator, ReadOnlySpan<byte> responder, bool isInitiator, Span<byte> shared);
}
