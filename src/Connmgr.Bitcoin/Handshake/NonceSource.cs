using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>Nonces that are never zero. Thread-safe.</summary>
/// <param name="random">Null for the system's secure source: a version nonce that can be guessed lets others pass for ourselves.</param>
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
