using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// FSChaCha20-Poly1305 of BIP324: encrypts and authenticates the packets in one direction, and changes its key after every 224th. Not
/// thread-safe.
/// </summary>
internal sealed class PacketCipher : IDisposable
{
    /// <summary>The number of packets that are encrypted with one key.</summary>
    public const int RekeyInterval = 224;

    /// <summary>The length of the tag that authenticates a packet, in bytes.</summary>
    public const int TagSize = 16;

    private ChaCha20Poly1305 _aead;
    private uint _packets; // The packets since the key last changed.
    private ulong _rekeys;

    /// <summary>Creates a cipher.</summary>
    /// <param name="key">The key, 32 bytes. The system's library keeps it.</param>
    public PacketCipher(ReadOnlySpan<byte> key) => _aead = new(key);

    /// <summary>Encrypts a packet in place.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="tag">The tag, 16 bytes, which is written.</param>
    /// <param name="associatedData">The data that are authenticated with the packet.</param>
    public void Encrypt(Span<byte> packet, Span<byte> tag, ReadOnlySpan<byte> associatedData)
    {
        Span<byte> nonce = stackalloc byte[ChaCha20.NonceSize];
        WriteNonce(nonce, _packets);
        _aead.Encrypt(nonce, packet, packet, tag, associatedData);
        CountPacket();
    }

    /// <summary>Decrypts a packet in place.</summary>
    /// <param name="packet">The packet. If it is not authentic, it is cleared.</param>
    /// <param name="tag">The tag, 16 bytes.</param>
    /// <param name="associatedData">The data that are authenticated with the packet.</param>
    /// <returns>False if the packet is not authentic. Then no later one is either.</returns>
    public bool TryDecrypt(Span<byte> packet, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associatedData)
    {
        Span<byte> nonce = stackalloc byte[ChaCha20.NonceSize];
        WriteNonce(nonce, _packets);
        try
        {
            _aead.Decrypt(nonce, packet, tag, packet, associatedData);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        CountPacket();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _aead.Dispose();

    private void WriteNonce(Span<byte> nonce, uint packet)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(nonce, packet);
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[sizeof(uint)..], _rekeys);
    }

    private void CountPacket()
    {
        if (++_packets < RekeyInterval)
            return;

        Span<byte> nonce = stackalloc byte[ChaCha20.NonceSize];
        WriteNonce(nonce, uint.MaxValue);
        Span<byte> key = stackalloc byte[ChaCha20.KeySize];
        key.Clear();
        Span<byte> tag = stackalloc byte[TagSize];
        _aead.Encrypt(nonce, key, key, tag);
        _aead.Dispose();
        _aead = new(key);
        CryptographicOperations.ZeroMemory(key);
        _packets = 0;
        _rekeys++;
    }
}
