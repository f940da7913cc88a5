using System.Security.Cryptography;
using Secp256k1Net;

namespace Connmgr.Bitcoin;

/// <summary>The key exchange by libsecp256k1. One context serves the process. It is created at the first use, which loads the native library.</summary>
internal sealed class Secp256k1KeyExchange : IKeyExchange
{
    private readonly Secp256k1 _library;
    private readonly EllswiftXdhHashFunction _hash;

    /// <summary>Loads the native library, and creates the context, which is only read from then on.</summary>
    public Secp256k1KeyExchange()
    {
        _library = new();
        _hash = (output, x, initiator, responder, _) => _library.EllswiftXdhHashFunctionBip324(output, x, initiator, responder, default) ? 1 : 0;
    }

    /// <inheritdoc/>
    public void CreateKey(Span<byte> secret, Span<byte> encoding)
    {
        Span<byte> entropy = stackalloc byte[ChaCha20.KeySize];
        RandomNumberGenerator.Fill(entropy);
        do
            RandomNumberGenerator.Fill(secret);
        while (!_library.EllswiftCreate(encoding, secret, entropy)); // False with a chance of 2^-128: the secret is not a valid key.
        CryptographicOperations.ZeroMemory(entropy);
    }

    /// <inheritdoc/>
    public void ComputeShared(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> initiator, ReadOnlySpan<byte> responder, bool isInitiator, Span<byte> shared)
    {
        if (!_library.EllswiftXdh(shared, initiator, responder, secret, isInitiator ? 0 : 1, _hash, IntPtr.Zero))
            throw new CryptographicException("libsecp256k1 could not compute the shared secret.");
    }
}
