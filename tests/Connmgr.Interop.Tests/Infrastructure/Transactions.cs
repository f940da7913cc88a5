using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Interop;

/// <summary>Transactions that a <see cref="BitcoindNode"/> accepts.</summary>
internal static class Transactions
{
    /// <summary>Makes blocks, and a transaction that spends the first one by a witness that anyone can give.</summary>
    public static async Task<byte[]> CreateAsync(BitcoindNode node, CancellationToken cancellationToken)
    {
        const byte True = 0x51;
        byte[] script = [0, 32, .. SHA256.HashData([True])];
        var blocks = await node.CallAsync("generatetodescriptor", cancellationToken, 101, $"raw({Convert.ToHexString(script)})");
        var first = await node.CallAsync("getblock", cancellationToken, blocks[0].GetString(), 1);
        var coinbase = ToWire(first.GetProperty("tx")[0].GetString()!);
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, (50 * 100_000_000L) - 10_000);
        return
        [
            2, 0, 0, 0, 0, 1, // The version, and the sign that there are witnesses.
            1, .. coinbase, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
            1, .. value, (byte)script.Length, .. script,
            1, 1, True,
            0, 0, 0, 0,
        ];
    }

    /// <summary>Reads an id, whose text has the reverse order of the wire.</summary>
    public static byte[] ToWire(string id) => [.. Convert.FromHexString(id).Reverse()];
}
