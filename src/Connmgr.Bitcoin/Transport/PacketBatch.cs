using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>Encodes messages as packets of the v2 transport. Pure, but for the sealer.</summary>
internal static class PacketBatch
{
    /// <summary>Gets the length of the packet of a message, in bytes.</summary>
    public static int GetLength(MessageCommand command, int payload) => PacketFormat.Overhead + ShortIds.GetPrefixLength(command) + payload;

    /// <summary>Gets the length of the packets of messages that are encoded for v1, in bytes.</summary>
    public static int GetLength(ReadOnlySpan<byte> frames)
    {
        var length = 0;
        while (TryTake(ref frames, out var command, out var payload))
            length += GetLength(command, payload.Length);
        return length;
    }

    /// <summary>Writes the packet of a message that is still to be encrypted, up to its payload.</summary>
    /// <returns>The offset of the payload.</returns>
    public static int Begin(MessageCommand command, Span<byte> packet) =>
        PacketFormat.ContentsOffset + ShortIds.Write(command, packet[PacketFormat.ContentsOffset..]);

    /// <summary>Encodes and encrypts messages that are encoded for v1.</summary>
    /// <param name="frames">The messages, as <see cref="FrameBatch"/> encodes them.</param>
    /// <param name="packets">Room for the packets: <see cref="GetLength(ReadOnlySpan{byte})"/> bytes.</param>
    /// <param name="sealer">The cipher.</param>
    public static void Seal(ReadOnlySpan<byte> frames, Span<byte> packets, PacketSealer sealer)
    {
        while (TryTake(ref frames, out var command, out var payload))
        {
            var packet = packets[..GetLength(command, payload.Length)];
            payload.CopyTo(packet[Begin(command, packet)..]);
            sealer.Seal(packet);
            packets = packets[packet.Length..];
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> frames, out MessageCommand command, out ReadOnlySpan<byte> payload)
    {
        command = default;
        payload = default;
        if (frames.IsEmpty)
            return false;

        _ = MessageCommand.TryRead(frames[FrameHeader.CommandOffset..], out command);
        payload = frames.Slice(FrameHeader.Size, BinaryPrimitives.ReadInt32LittleEndian(frames[FrameHeader.LengthOffset..]));
        frames = frames[(FrameHeader.Size + payload.Length)..];
        return true;
    }
}
