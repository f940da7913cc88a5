namespace Connmgr.Bitcoin;

/// <summary>Decrypts the packets that one side receives. Not thread-safe.</summary>
internal sealed class PacketOpener(LengthCipher lengths, PacketCipher packets) : IDisposable
{
    /// <summary>Decrypts the length of the next packet. To be called once for each.</summary>
    /// <param name="bytes">The three bytes of the length, which stay as they are.</param>
    /// <returns>The length of the contents, which nothing authenticates yet.</returns>
    public int OpenLength(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[PacketFormat.LengthSize];
        bytes[..PacketFormat.LengthSize].CopyTo(length);
        lengths.Apply(length);
        return length[0] | (length[1] << 8) | (length[2] << 16);
    }

    /// <summary>Decrypts a packet in place, whose length was decrypted before.</summary>
    /// <param name="packet">The whole packet.</param>
    /// <param name="associatedData">The sender's garbage for its first packet; otherwise nothing.</param>
    /// <param name="isDecoy">True for a packet to ignore.</param>
    /// <returns>False if the packet is not authentic.</returns>
    public bool TryOpen(Span<byte> packet, ReadOnlySpan<byte> associatedData, out bool isDecoy)
    {
        var isAuthentic = packets.TryDecrypt(
            packet[PacketFormat.LengthSize..^PacketCipher.TagSize], packet[^PacketCipher.TagSize..], associatedData);
        isDecoy = (packet[PacketFormat.LengthSize] & PacketFormat.DecoyBit) != 0;
        return isAuthentic;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lengths.Dispose();
        packets.Dispose();
    }
}
