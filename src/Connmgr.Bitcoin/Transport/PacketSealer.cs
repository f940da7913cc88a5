namespace Connmgr.Bitcoin;

/// <summary>Encrypts the packets that one side sends. Not thread-safe.</summary>
internal sealed class PacketSealer(LengthCipher lengths, PacketCipher packets) : IDisposable
{
    /// <summary>Encrypts a packet in place.</summary>
    /// <param name="packet">
    /// The packet, with its contents from <see cref="PacketFormat.ContentsOffset"/> on, and room for the tag after them.
    /// </param>
    /// <param name="isDecoy">True for a packet that the receiver ignores.</param>
    /// <param name="associatedData">The sender's garbage for its first packet; otherwise nothing.</param>
    public void Seal(Span<byte> packet, bool isDecoy = false, ReadOnlySpan<byte> associatedData = default)
    {
        var length = packet.Length - PacketFormat.Overhead;
        packet[0] = (byte)length;
        packet[1] = (byte)(length >> 8);
        packet[2] = (byte)(length >> 16);
        lengths.Apply(packet[..PacketFormat.LengthSize]);
        packet[PacketFormat.LengthSize] = isDecoy ? PacketFormat.DecoyBit : (byte)0;
        packets.Encrypt(packet[PacketFormat.LengthSize..^PacketCipher.TagSize], packet[^PacketCipher.TagSize..], associatedData);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lengths.Dispose();
        packets.Dispose();
    }
}
