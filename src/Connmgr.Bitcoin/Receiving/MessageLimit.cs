using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>How much of a message of one command Bitcoin Core makes use of. Bytes beyond that have no meaning and are not kept.</summary>
/// <param name="Length">The most bytes of a payload that have a meaning.</param>
internal readonly record struct MessageLimit(int Length)
{
    /// <summary>The most entries, by the compact size at <see cref="CountOffset"/>; null when there is no such count.</summary>
    public int? MaxEntries { get; init; }

    /// <summary>Where the count of entries is, in bytes from the beginning of the payload.</summary>
    public int CountOffset { get; init; }

    /// <summary>
    /// The length of an entry, in bytes. Bitcoin Core reads the entries before it looks at their number, so a payload that does not hold
    /// them is ignored. Zero where it looks at the number first.
    /// </summary>
    public int EntryLength { get; init; }

    /// <summary>Why the connection ends when a message has too many entries.</summary>
    public ProtocolViolation Violation { get; init; }

    /// <summary>Whether a message of which all is kept is left to whoever reads it.</summary>
    public bool IsJudgedByReader { get; init; }

    /// <summary>Judges a message that has arrived.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="kept">The part of its payload that was kept.</param>
    /// <returns>False when Bitcoin Core ignores it.</returns>
    /// <exception cref="BitcoinProtocolException">It has too many entries.</exception>
    public bool Accepts(in FrameHeader header, ReadOnlySpan<byte> kept)
    {
        if (IsJudgedByReader && kept.Length == header.PayloadLength)
            return true;

        if (MaxEntries is not { } most || ReadCount(kept) is not { } entries || entries <= (ulong)most)
            return true;

        if (!IsReadable(kept[CountOffset], entries) || (EntryLength > 0 && entries > (ulong)(header.PayloadLength / EntryLength)))
            return false;

        throw new BitcoinProtocolException(Violation, Invariant($"A message '{header.Command}' has {entries} entries; {most} are allowed."));
    }

    /// <summary>Bitcoin Core reads no count in a longer form than it needs, and none above its MAX_SIZE.</summary>
    private static bool IsReadable(byte form, ulong entries) => form switch
    {
        0xff => false,
        0xfe => entries is > ushort.MaxValue and <= 0x0200_0000,
        0xfd => entries >= 0xfd,
        _ => true,
    };

    private ulong? ReadCount(ReadOnlySpan<byte> kept)
    {
        if (kept.Length <= CountOffset)
            return null;

        var rest = kept[(CountOffset + 1)..];
        return kept[CountOffset] switch
        {
            0xff => rest.Length < sizeof(ulong) ? null : BinaryPrimitives.ReadUInt64LittleEndian(rest),
            0xfe => rest.Length < sizeof(uint) ? null : BinaryPrimitives.ReadUInt32LittleEndian(rest),
            0xfd => rest.Length < sizeof(ushort) ? null : BinaryPrimitives.ReadUInt16LittleEndian(rest),
            var count => count,
        };
    }
}
