using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>Encodes several messages, one after the other, to send them in one write.</summary>
internal sealed class FrameBatch(ChainParameters chain)
{
    private readonly ArrayBufferWriter<byte> _encoded = new(512);
    private readonly FrameFormat _format = FrameFormat.FromChain(chain);

    /// <summary>The bytes of the messages.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded.WrittenMemory;

    /// <summary>Appends a message.</summary>
    public FrameBatch Add(MessageCommand command, ReadOnlySpan<byte> payload = default)
    {
        FrameHeader.Create(_format, command, payload).Write(_encoded.GetSpan(FrameHeader.Size));
        _encoded.Advance(FrameHeader.Size);
        _encoded.Write(payload);
        return this;
    }
}
