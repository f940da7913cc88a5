using System.Buffers.Binary;

namespace Connmgr.Bitcoin.Tests;

/// <summary>Chance that always gives the same nonce.</summary>
internal sealed class FixedRandom(ulong nonce) : Random(0)
{
    public override void NextBytes(Span<byte> buffer) => BinaryPrimitives.WriteUInt64LittleEndian(buffer, nonce);
}
