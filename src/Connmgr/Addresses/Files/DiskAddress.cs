namespace Connmgr;

/// <summary>An address as Bitcoin Core's files have it, in the form before BIP155 and after.</summary>
internal static class DiskAddress
{
    /// <summary>Set in an entry's version when it is in BIP155 form.</summary>
    private const uint Bip155Flag = 1 << 29;

    // Bitcoin Core puts 220000 there, once a version of its own; readers ignore these bits.
    private const uint WrittenVersion = 220_000;
    private const uint IgnoredBits = 0x0007_ffff;

    // The longest that Bitcoin Core writes: version, time, services, network, length, address, port.
    public const int MaxLength = 4 + 4 + 9 + 1 + 1 + NetworkAddress.MaxLength + 2;

    /// <summary>Version, time, services, address and port.</summary>
    /// <param name="reader">Where to read.</param>
    /// <param name="mayBeBip155">Whether the file's version has entries in BIP155 form.</param>
    public static (NetworkEndPoint EndPoint, ulong Services, uint Seen) Read(ref DiskReader reader, bool mayBeBip155)
    {
        var start = reader.Position;
        var form = reader.ReadUInt32() & ~IgnoredBits;
        if (form != 0 && !(form == Bip155Flag && mayBeBip155))
            throw new FormatException(Invariant($"the address at byte {start} is of the unknown form 0x{form:x8}"));
        var seen = reader.ReadUInt32();
        var isBip155 = form != 0;
        var services = isBip155 ? reader.ReadCompactSize() : reader.ReadUInt64();
        var address = ReadHost(ref reader, isBip155);
        return (new NetworkEndPoint(address, reader.ReadPort()), services, seen);
    }

    /// <summary>An address without a port. One of a network that is not known becomes the default value, which is not valid.</summary>
    public static NetworkAddress ReadHost(ref DiskReader reader, bool isBip155)
    {
        if (!isBip155)
            return NetworkAddress.FromV1(reader.ReadBytes(NetworkAddress.V1Length));
        var start = reader.Position;
        var network = reader.ReadByte();
        var length = reader.ReadCompactSize();
        if (length > NetworkAddress.MaxBip155Length)
            throw new FormatException(Invariant($"the address at byte {start} has {length} bytes; {NetworkAddress.MaxBip155Length} is the most"));
        return NetworkAddress.ReadBip155(network, reader.ReadBytes((int)length), out var address) == Bip155DecodeStatus.Malformed
            ? throw new FormatException(Invariant($"the address at byte {start} has {length} bytes, which its network {network} has not"))
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
