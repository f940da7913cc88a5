using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>Creates nonces that are never zero. Thread-safe.</summary>
/// <param name="random">
/// The random source; null for the system's secure one. With a predictable version nonce, others could pretend to be the node itself.
/// </param>
internal sealed class NonceSource(Random? random)
{
    public ulong Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        while (true)
        {
            Fill(bytes);
            var nonce = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if (nonce != 0)
                return nonce;
        }
    }

    private void Fill(Span<byte> bytes)
    {
        if (random is null)
        {
            RandomNumberGenerator.Fill(bytes);
            return;
        }

        lock (random)
            random.NextBytes(bytes);
    }
}
