using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>
/// The limit of messages with one command: how much of them Bitcoin Core uses. Bytes beyond that have no meaning and are not kept.
/// </summary>
/// <param name="Length">The most bytes of a payload that have a meaning.</param>
internal readonly record struct MessageLimit(int Length)
{
    /// <summary>The most entries, as counted by the compact size at <see cref="CountOffset"/>; null if there is no such count.</summary>
    public int? MaxEntries { get; init; }

    /// <summary>The offset of the count of entries, in bytes from the start of the payload.</summary>
    public int CountOffset { get; init; }

    /// <summary>
    /// The length of an entry, in bytes. Bitcoin Core reads the entries before it checks their number, so a payload that does not hold them
    /// is ignored. Zero if it checks the number first.
    /// </summary>
    public int EntryLength { get; init; }

    /// <summary>The violation with which the connection ends if a message has too many entries.</summary>
    public ProtocolViolation Violation { get; init; }

    /// <summary>True when the reader checks a message of which all is kept.</summary>
    public bool IsJudgedByReader { get; init; }

    /// <summary>Checks a message that has arrived.</summary>
    /// <param name="header">The header.</param>
    /// <param name="kept">The part of the payload that was kept.</param>
    /// <returns>False if Bitcoin Core ignores the message.</returns>
    /// <exception cref="BitcoinProtocolException">The message has too many entries.</exception>
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

    /// <summary>Determines whether Bitcoin Core reads a count: it must have the shortest form, and be at most its MAX_SIZE.</summary>
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
