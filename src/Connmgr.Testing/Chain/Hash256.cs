using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Connmgr.Testing;

/// <summary>A hash of 32 bytes, which identifies a block or a transaction.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Hash256(UInt128 Low, UInt128 High)
{
    public const int Size = 32;

    /// <summary>Reads a hash, in its order on the wire.</summary>
    public static Hash256 FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128LittleEndian(bytes), BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]));

    /// <summary>Computes the hash of data: SHA-256, twice.</summary>
    public static Hash256 Compute(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        SHA256.HashData(hash, hash);
        return FromBytes(hash);
    }

    /// <summary>Computes the hash of two hashes, one after the other.</summary>
    public static Hash256 Compute(Hash256 first, Hash256 second)
    {
        Span<byte> both = stackalloc byte[2 * Size];
        first.Write(both);
        second.Write(both[Size..]);
        return Compute(both);
    }

    /// <summary>Computes the root of the Merkle tree of some hashes, at least one.</summary>
    public static Hash256 ComputeRoot(IEnumerable<Hash256> leaves)
    {
        Hash256[] row = [.. leaves];
        while (row.Length > 1)
        {
            var next = new Hash256[(row.Length + 1) / 2];
            for (var i = 0; i < next.Length; i++)
                next[i] = Compute(row[2 * i], row[Math.Min(2 * i + 1, row.Length - 1)]);
            row = next;
        }

        return row[0];
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(destination, Low);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], High);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }
}
