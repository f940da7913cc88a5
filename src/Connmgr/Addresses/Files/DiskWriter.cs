using System.Buffers;
using System.Buffers.Binary;

namespace Connmgr;

/// <summary>Writes the fields of Bitcoin Core's files into memory.</summary>
internal sealed class DiskWriter(int capacity)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(capacity);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void WriteByte(byte value) => WriteBytes([value]);

    public void WritePort(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.GetSpan(sizeof(ushort)), value);
        _buffer.Advance(sizeof(ushort));
    }

    public void WriteInt32(int value) => WriteUInt32((uint)value);

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
    }

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void WriteCompactSize(ulong value)
    {
        switch (value)
        {
            case < 253:
                WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteBytes([253, (byte)value, (byte)(value >> 8)]);
                break;
            case <= uint.MaxValue:
                WriteByte(254);
                WriteUInt32((uint)value);
                break;
            default:
                WriteByte(255);
                WriteInt64((long)value);
                break;
        }
    }
}
