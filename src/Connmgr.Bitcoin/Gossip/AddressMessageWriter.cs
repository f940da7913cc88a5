namespace Connmgr.Bitcoin;

/// <summary>Writes an addr or addrv2.</summary>
internal static class AddressMessageWriter
{
    /// <summary>
    /// Writes one message, and removes its addresses from <paramref name="addresses"/>, as well as those that it can't hold.
    /// </summary>
    /// <returns>The payload; null if it can hold none of them.</returns>
    public static byte[]? WriteSome(MessageCommand command, ref ReadOnlySpan<PeerAddress> addresses)
    {
        var taken = 0;
        var entries = 0;
        for (; taken < addresses.Length && entries < AddressMessage.MaxEntries; taken++)
        {
            if (AddressMessage.CanHold(command, addresses[taken].EndPoint.Address))
                entries++;
        }

        var payload = entries == 0 ? null : Write(command, addresses[..taken], entries);
        addresses = addresses[taken..];
        return payload;
    }

    private static byte[] Write(MessageCommand command, ReadOnlySpan<PeerAddress> addresses, int entries)
    {
        var writer = new PayloadWriter();
        writer.WriteCompactSize((ulong)entries);
        foreach (ref readonly var address in addresses)
        {
            if (!AddressMessage.CanHold(command, address.EndPoint.Address))
                continue;

            writer.WriteInt32((int)(uint)Math.Clamp(address.LastSeen.ToUnixTimeSeconds(), uint.MinValue, uint.MaxValue));
            if (command == MessageCommand.AddrV2)
                WriteV2Host(writer, address);
            else
                WriteV1Host(writer, address);
            writer.WriteUInt16BigEndian(address.EndPoint.Port);
        }

        return writer.ToArray();
    }

    private static void WriteV1Host(PayloadWriter writer, in PeerAddress address)
    {
        Span<byte> bytes = stackalloc byte[NetworkAddress.V1Length];
        address.EndPoint.Address.TryWriteV1(bytes);
        writer.WriteUInt64(address.Services);
        writer.WriteBytes(bytes);
    }

    private static void WriteV2Host(PayloadWriter writer, in PeerAddress address)
    {
        Span<byte> bytes = stackalloc byte[NetworkAddress.MaxLength];
        var length = address.EndPoint.Address.WriteBip155(bytes);
        writer.WriteCompactSize(address.Services);
        writer.WriteByte(address.EndPoint.Address.Bip155Id);
        writer.WriteCompactSize((ulong)length);
        writer.WriteBytes(bytes[..length]);
    }
}
