using System.Buffers.Binary;
using System.Numerics;

namespace Connmgr;

/// <summary>
/// SHA3-256 (FIPS 202), for the checksum of onion addresses. The system's implementation is missing on some platforms that .NET supports
/// (older Windows and macOS, browsers). Addresses must be readable on all of them, and one implementation everywhere is better than two.
/// </summary>
internal static class Sha3
{
    public const int HashLength = 32;

    private const int Rate = 136;
    private const int Rounds = 24;

    private static readonly ulong[] RoundConstants =
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    // Rho and pi follow one cycle through all lanes except the first: the target of each lane, and the bits by which it is rotated.
    private static ReadOnlySpan<byte> Lanes => [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    private static ReadOnlySpan<byte> Turns => [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    /// <summary>Computes the hash of data into the first 32 bytes of the destination.</summary>
    public static void Hash256(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Span<ulong> state = stackalloc ulong[25];
        state.Clear();
        for (; data.Length >= Rate; data = data[Rate..])
            Absorb(state, data);

        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        data.CopyTo(last);
        last[data.Length] = 0x06;
        last[^1] |= 0x80;
        Absorb(state, last);

        for (var i = 0; i < HashLength / 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash[(8 * i)..], state[i]);
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < Rate / 8; i++)
            state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        Permute(state);
    }

    private static void Permute(Span<ulong> state)
    {
        Span<ulong> row = stackalloc ulong[5];
        for (var round = 0; round < Rounds; round++)
        {
            // Theta.
            for (var x = 0; x < 5; x++)
                row[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            for (var x = 0; x < 5; x++)
            {
                var mix = row[(x + 4) % 5] ^ BitOperations.RotateLeft(row[(x + 1) % 5], 1);
                for (var y = 0; y < 25; y += 5)
                    state[x + y] ^= mix;
            }

            // Rho and pi.
            var moved = state[1];
            for (var i = 0; i < Lanes.Length; i++)
                (state[Lanes[i]], moved) = (BitOperations.RotateLeft(moved, Turns[i]), state[Lanes[i]]);

            // Chi.
            for (var y = 0; y < 25; y += 5)
            {
                state.Slice(y, 5).CopyTo(row);
                for (var x = 0; x < 5; x++)
                    state[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
            }

            // Iota.
            state[0] ^= RoundConstants[round];
        }
    }
}
