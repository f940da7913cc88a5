using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The block function of ChaCha20 (RFC 8439, section 2.3), which .NET does not offer on its own. Used for the lengths of packets alone;
/// their contents are encrypted by the system's library.
/// </summary>
internal static class ChaCha20
{
    /// <summary>The length of a key, in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>The length of a nonce, in bytes.</summary>
    public const int NonceSize = 12;

    /// <summary>The length of a block of the key stream, in bytes.</summary>
    public const int BlockSize = 64;

    /// <summary>Computes a block of the key stream.</summary>
    /// <param name="key">The key, 32 bytes.</param>
    /// <param name="counter">The number of the block.</param>
    /// <param name="nonce">The nonce, 12 bytes.</param>
    /// <param name="block">The block, 64 bytes.</param>
    public static void ComputeBlock(ReadOnlySpan<byte> key, uint counter, ReadOnlySpan<byte> nonce, Span<byte> block)
    {
        Span<uint> start =
        [
            0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, // "expand 32-byte k"
            Read(key, 0), Read(key, 1), Read(key, 2), Read(key, 3), Read(key, 4), Read(key, 5), Read(key, 6), Read(key, 7),
            counter, Read(nonce, 0), Read(nonce, 1), Read(nonce, 2),
        ];
        Span<uint> state = stackalloc uint[16];
        start.CopyTo(state);
        for (var i = 0; i < 10; i++)
        {
            Quarter(ref state[0], ref state[4], ref state[8], ref state[12]);
            Quarter(ref state[1], ref state[5], ref state[9], ref state[13]);
            Quarter(ref state[2], ref state[6], ref state[10], ref state[14]);
            Quarter(ref state[3], ref state[7], ref state[11], ref state[15]);
            Quarter(ref state[0], ref state[5], ref state[10], ref state[15]);
            Quarter(ref state[1], ref state[6], ref state[11], ref state[12]);
            Quarter(ref state[2], ref state[7], ref state[8], ref state[13]);
            Quarter(ref state[3], ref state[4], ref state[9], ref state[14]);
        }

        for (var i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(block[(i * sizeof(uint))..], state[i] + start[i]);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(start));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
    }

    private static uint Read(ReadOnlySpan<byte> source, int index) => BinaryPrimitives.ReadUInt32LittleEndian(source[(index * sizeof(uint))..]);

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        a += b;
        d = BitOperations.RotateLeft(d ^ a, 16);
        c += d;
        b = BitOperations.RotateLeft(b ^ c, 12);
        a += b;
        d = BitOperations.RotateLeft(d ^ a, 8);
        c += d;
        b = BitOperations.RotateLeft(b ^ c, 7);
    }
}
