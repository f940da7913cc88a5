using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>Several messages encoded one after the other, to be sent in one write.</summary>
internal sealed class FrameBatch(ChainParameters chain)
{
    private readonly ArrayBufferWriter<byte> _encoded = new(512);
    private readonly uint _magic = FrameHeader.MagicOf(chain);

    /// <summary>The messages so far.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded.WrittenMemory;

    /// <summary>Appends a message.</summary>
    public FrameBatch Add(MessageCommand command, ReadOnlySpan<byte> payload = default)
    {
        FrameHeader.For(_magic, command, payload).Write(_encoded.GetSpan(FrameHeader.Size));
        _encoded.Advance(FrameHeader.Size);
        _encoded.Write(payload);
        return this;
    }
}
