using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// FSChaCha20 of BIP324: encrypts the lengths of packets in one direction, and changes its key after every 224th. To encrypt and to decrypt
/// are the same. Not thread-safe.
/// </summary>
internal sealed class LengthCipher : IDisposable
{
    private const int Block = ChaCha20.KeySize; // The offset of the block within the secrets.

    // The key, and after it the block of the key stream that is in use. One array, so that one call wipes both.
    private readonly byte[] _secrets = new byte[ChaCha20.KeySize + ChaCha20.BlockSize];
    private int _used = ChaCha20.BlockSize; // The bytes of the block that are used up.
    private uint _nextBlock;
    private int _chunks; // The chunks since the key last changed.
    private ulong _rekeys;

    /// <summary>Creates a cipher.</summary>
    /// <param name="key">The key, 32 bytes, which is copied.</param>
    public LengthCipher(ReadOnlySpan<byte> key) => key.CopyTo(_secrets.AsSpan(0, ChaCha20.KeySize));

    /// <summary>Encrypts or decrypts the next chunk in place.</summary>
    public void Apply(Span<byte> chunk)
    {
        foreach (ref var value in chunk)
            value ^= Next();
        if (++_chunks < PacketCipher.RekeyInterval)
            return;

        Span<byte> key = stackalloc byte[ChaCha20.KeySize];
        foreach (ref var value in key)
            value = Next();
        key.CopyTo(_secrets);
        CryptographicOperations.ZeroMemory(key);
        (_chunks, _nextBlock, _used) = (0, 0, ChaCha20.BlockSize);
        _rekeys++;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secrets);

    private byte Next()
    {
        if (_used == ChaCha20.BlockSize)
        {
            Span<byte> nonce = stackalloc byte[ChaCha20.NonceSize];
            nonce[..4].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], _rekeys);
            ChaCha20.ComputeBlock(_secrets.AsSpan(0, ChaCha20.KeySize), _nextBlock++, nonce, _secrets.AsSpan(Block));
            _used = 0;
        }

        return _secrets[Block + _used++];
    }
}
