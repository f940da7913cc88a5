namespace Connmgr;

/// <summary>Addresses in Bitcoin Core's files, in BIP155 form and in the earlier form.</summary>
internal static class DiskAddress
{
    /// <summary>The flag in an entry's version that marks BIP155 form.</summary>
    private const uint Bip155Flag = 1 << 29;

    // Bitcoin Core writes 220000, which was once a version; readers ignore these bits.
    private const uint WrittenVersion = 220_000;
    private const uint IgnoredBits = 0x0007_ffff;

    // The longest entry that Bitcoin Core writes: version, time, services, network, length, address, port.
    public const int MaxLength = 4 + 4 + 9 + 1 + 1 + NetworkAddress.MaxLength + 2;

    /// <summary>Reads version, time, services, address and port.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="mayBeBip155">True if the file's version allows entries in BIP155 form.</param>
    public static (NetworkEndPoint EndPoint, ulong Services, uint Seen) Read(ref DiskReader reader, bool mayBeBip155)
    {
        var start = reader.Position;
        var form = reader.ReadUInt32() & ~IgnoredBits;
        if (form != 0 && !(form == Bip155Flag && mayBeBip155))
            throw new FormatException(Invariant($"the address at byte {start} has the unknown form 0x{form:x8}"));
        var seen = reader.ReadUInt32();
        var isBip155 = form != 0;
        var services = isBip155 ? reader.ReadCompactSize() : reader.ReadUInt64();
        var address = ReadHost(ref reader, isBip155);
        return (new NetworkEndPoint(address, reader.ReadPort()), services, seen);
    }

    /// <summary>Reads an address without a port. An address of an unknown network becomes the default value, which is not valid.</summary>
    public static NetworkAddress ReadHost(ref DiskReader reader, bool isBip155)
    {
        if (!isBip155)
            return NetworkAddress.FromV1(reader.ReadBytes(NetworkAddress.V1Length));
        var start = reader.Position;
        var network = reader.ReadByte();
        var length = reader.ReadCompactSize();
        if (length > NetworkAddress.MaxBip155Length)
            throw new FormatException(Invariant($"the address at byte {start} has {length} bytes; the maximum is {NetworkAddress.MaxBip155Length}"));
        return NetworkAddress.ReadBip155(network, reader.ReadBytes((int)length), out var address) == Bip155DecodeStatus.Malformed
            ? throw new FormatException(Invariant($"the address at byte {start} has {length} bytes, which is wrong for its network {network}"))
            : address;
    }

    public static void Write(DiskWriter writer, in NetworkEndPoint endPoint, ulong services, uint seen)
    {
        writer.WriteUInt32(WrittenVersion | Bip155Flag);
        writer.WriteUInt32(seen);
        writer.WriteCompactSize(services);
        WriteHost(writer, endPoint.Address);
        writer.WritePort(endPoint.Port);
    }

    public static void WriteHost(DiskWriter writer, in NetworkAddress address)
    {
        Span<byte> bytes = stackalloc byte[NetworkAddress.MaxLength];
        var length = address.WriteBip155(bytes);
        writer.WriteByte(address.Bip155Id);
        writer.WriteCompactSize((ulong)length);
        writer.WriteBytes(bytes[..length]);
    }
}
