using System.Buffers.Binary;

namespace Connmgr;

/// <summary>
/// Reads the fields of Bitcoin Core's files. Invalid data throws a <see cref="FormatException"/> with a message that is a clause, which the
/// caller completes to a sentence.
/// </summary>
internal ref struct DiskReader
{
    private readonly int _length;
    private ReadOnlySpan<byte> _rest;

    public DiskReader(ReadOnlySpan<byte> bytes)
    {
        _rest = bytes;
        _length = bytes.Length;
    }

    public readonly int Position => _length - _rest.Length;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => ReadBytes(1)[0];

    public ushort ReadPort() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(sizeof(ushort)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(sizeof(int)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(sizeof(uint)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(sizeof(long)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(sizeof(ulong)));

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _rest.Length)
            throw new FormatException(Invariant($"it ends at byte {_length}, but {count - _rest.Length} more are needed"));
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>Reads a CompactSize of up to 64 bits, which must be in its shortest form.</summary>
    public ulong ReadCompactSize()
    {
        var (value, least) = ReadByte() switch
        {
            < 253 and var small => ((ulong)small, 0UL),
            253 => (BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(sizeof(ushort))), 253UL),
            254 => (ReadUInt32(), 0x1_0000UL),
            _ => (ReadUInt64(), 0x1_0000_0000UL),
        };
        return value >= least ? value : throw new FormatException(Invariant($"the number before byte {Position} is not in its shortest form"));
    }
}
