using System.Buffers.Binary;
using Connmgr.Bitcoin;

namespace LightWallet;

/// <summary>The message inv, which announces blocks and transactions.</summary>
internal static class Inventory
{
    private const int EntrySize = 36;

    /// <summary>Reads the hashes of the blocks that a message announces, in display order. Other messages, and truncated ones, have none.</summary>
    public static IEnumerable<string> GetBlocks(BitcoinMessage message)
    {
        if (message.Command != MessageCommand.Inv || message.Payload.Length == 0)
            yield break;

        // No peer announces 0xfd blocks or more at once.
        var count = message.Payload.Span[0];
        for (var at = 1; count < 0xfd && count-- > 0 && at + EntrySize <= message.Payload.Length; at += EntrySize)
        {
            var entry = message.Payload.Slice(at, EntrySize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry.Span) == (uint)InventoryType.Block)
                yield return Printed(entry.Span[4..]);
        }
    }

    private static string Printed(ReadOnlySpan<byte> hash)
    {
        Span<byte> reversed = stackalloc byte[32];
        hash.CopyTo(reversed);
        reversed.Reverse();
        return Convert.ToHexStringLower(reversed);
    }
}
