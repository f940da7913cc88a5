using System.Buffers;
using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>Writes the fields of a payload, in Bitcoin's serialization.</summary>
internal sealed class PayloadWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(128);

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void WriteUInt16BigEndian(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    public void WriteBytes(ReadOnlySpan<byte> value) => _bytes.Write(value);

    public void WriteCompactSize(ulong value)
    {
        switch (value)
        {
            case < 0xfd:
                WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteByte(0xfd);
                BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), (ushort)value);
                break;
            case <= uint.MaxValue:
                WriteByte(0xfe);
                BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), (uint)value);
                break;
            default:
                WriteByte(0xff);
                WriteUInt64(value);
                break;
        }
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private Span<byte> Take(int count)
    {
        var span = _bytes.GetSpan(count)[..count];
        _bytes.Advance(count);
        return span;
    }
}
