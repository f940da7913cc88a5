using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>Reads the fields of a payload, in Bitcoin's serialization. A malformed payload is thrown as a given violation.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload, MessageCommand command, ProtocolViolation violation)
{
    private readonly int _length = payload.Length;
    private ReadOnlySpan<byte> _rest = payload;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => ReadBytes(1)[0];

    public ushort ReadUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(sizeof(ushort)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(sizeof(long)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(sizeof(ulong)));

    /// <summary>Reads a length of 1, 3, 5 or 9 bytes, which must have the shortest form.</summary>
    public ulong ReadCompactSize()
    {
        var first = ReadByte();
        var (value, smallest) = first switch
        {
            < 0xfd => (first, 0UL),
            0xfd => (BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(sizeof(ushort))), 0xfdUL),
            0xfe => (BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(sizeof(uint))), 0x1_0000UL),
            0xff => (ReadUInt64(), 0x1_0000_0000UL),
        };
        return value >= smallest
            ? value
            : throw new BitcoinProtocolException(
                violation,
                $"A message '{command}' encodes the length {value} in a longer form than necessary.");
    }

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _rest.Length)
        {
            throw new BitcoinProtocolException(
                violation,
                Invariant($"A message '{command}' of {_length} bytes ends within a field of {count} that begins at byte {_length - _rest.Length}."));
        }

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>Reads ASCII text that is safe for logs and terminals: each byte that is not printable becomes a question mark.</summary>
    /// <param name="count">The number of bytes to read.</param>
    /// <param name="maxLength">The number of characters to keep.</param>
    public string ReadPrintableAscii(int count, int maxLength = int.MaxValue)
    {
        var bytes = ReadBytes(count);
        return string.Create(Math.Min(count, maxLength), bytes, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = bytes[i] is >= (byte)' ' and <= (byte)'~' ? (char)bytes[i] : '?';
        });
    }
}
