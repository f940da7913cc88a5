using System.Buffers.Binary;

namespace Connmgr;

public readonly partial struct NetworkAddress
{
    /// <summary>The longest address that BIP155 lets a network have, in bytes.</summary>
    internal const int MaxBip155Length = 512;

    /// <summary>The longest address of a known network, in bytes: room for <see cref="WriteBip155"/>.</summary>
    internal const int MaxLength = 32;

    /// <summary>The length of the form of the addr message, in bytes.</summary>
    internal const int V1Length = 16;

    /// <summary>The network id to write in BIP155 form. That of IPv6 for an internal address.</summary>
    internal byte Bip155Id => (byte)(Network == AddressNetwork.Internal ? AddressNetwork.IPv6 : Network);

    /// <summary>The length of the address in BIP155 form, in bytes: 4, 16 or 32.</summary>
    internal int Bip155Length => Network == AddressNetwork.IPv4 ? 4 : Is32Bytes ? 32 : 16;

    /// <summary>True when the addr message (and any form older than BIP155) can hold the address: IPv4, IPv6 and internal.</summary>
    internal bool IsV1Compatible => Network is AddressNetwork.IPv4 or AddressNetwork.IPv6 or AddressNetwork.Internal;

    /// <summary>
    /// Reads the 16 byte form of the addr message. ::ffff:a.b.c.d is IPv4; fd6b:88c0:8724::/48 is internal, so never valid;
    /// fd87:d87e:eb43::/48 (OnionCat, Tor v2) becomes the default value, which is not valid either.
    /// </summary>
    /// <param name="bytes">16 bytes.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentException">There are not 16 bytes.</exception>
    internal static NetworkAddress FromV1(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != V1Length)
            throw new ArgumentException($"An address of the addr message has {V1Length} bytes, not {bytes.Length}.", nameof(bytes));
        return From16(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>
    /// Reads an address in BIP155 form, as addrv2 messages and Bitcoin Core's peers.dat have it. Any bytes are fit to be given.
    /// </summary>
    /// <param name="networkId">The network id.</param>
    /// <param name="bytes">The bytes of the address, without their length.</param>
    /// <param name="address">The address; the default value, not valid, unless the answer is <see cref="Bip155Decoding.Decoded"/>.</param>
    /// <returns>Whether it was read, is to be ignored, or breaks BIP155.</returns>
    internal static Bip155Decoding ReadBip155(byte networkId, ReadOnlySpan<byte> bytes, out NetworkAddress address)
    {
        address = default;
        var network = (AddressNetwork)networkId;
        int? expected = network switch
        {
            AddressNetwork.IPv4 => 4,
            AddressNetwork.IPv6 or AddressNetwork.Cjdns => 16,
            AddressNetwork.TorV3 or AddressNetwork.I2P => 32,
            _ => null,
        };
        if (bytes.Length > MaxBip155Length || (expected is { } length && bytes.Length != length))
            return Bip155Decoding.Malformed;
        if (expected is null)
            return Bip155Decoding.Ignored;

        switch (network)
        {
            case AddressNetwork.IPv4:
                address = FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes));
                break;
            case AddressNetwork.IPv6:
                var read = FromV1(bytes);
                if (read.Network == AddressNetwork.IPv4 || BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16 == OnionCatPrefix)
                    return Bip155Decoding.Ignored;
                address = read;
                break;
            case AddressNetwork.Cjdns:
                address = new(network, BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
                break;
            default:
                address = From32(network, bytes);
                break;
        }

        return Bip155Decoding.Decoded;
    }

    /// <summary>Writes the bytes of the BIP155 form, without id and length.</summary>
    /// <param name="destination">Room for <see cref="Bip155Length"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    internal int WriteBip155(Span<byte> destination)
    {
        var length = Bip155Length;
        ThrowIfShort(destination, length);
        if (length == 4)
            BinaryPrimitives.WriteUInt32BigEndian(destination, IPv4Bits);
        else if (length == V1Length)
            Write16(destination);
        else
            Write32(destination);
        return length;
    }

    /// <summary>Writes the 16 byte form of the addr message.</summary>
    /// <param name="destination">Room for 16 bytes. All are written.</param>
    /// <returns>
    /// False when the form cannot hold the address (<see cref="IsV1Compatible"/>); then it is all zeros, as Bitcoin Core writes it.
    /// </returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    internal bool TryWriteV1(Span<byte> destination)
    {
        ThrowIfShort(destination, V1Length);
        var compatible = IsV1Compatible;
        (compatible ? this : default).Write16(destination);
        return compatible;
    }

    /// <summary>The bytes that Bitcoin Core's address manager hashes: the addr form where there is one, else the BIP155 bytes.</summary>
    internal int WriteHashed(Span<byte> destination)
    {
        if (Is32Bytes)
        {
            Write32(destination);
            return 32;
        }

        Write16(destination);
        return 16;
    }

    private static NetworkAddress From16(ulong first, ulong second)
    {
        if (first == 0 && second >> 32 == IPv4InIPv6 >> 32)
            return FromIPv4((uint)second);
        return (first >> 16) switch
        {
            OnionCatPrefix => default,
            InternalPrefix => new(AddressNetwork.Internal, first, second),
            _ => new(AddressNetwork.IPv6, first, second),
        };
    }

    private static void ThrowIfShort(Span<byte> destination, int length)
    {
        if (destination.Length < length)
            throw new ArgumentException(Invariant($"The address takes {length} bytes; there is room for {destination.Length}."), nameof(destination));
    }
}
