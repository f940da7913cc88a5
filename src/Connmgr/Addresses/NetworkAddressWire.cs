using System.Buffers.Binary;

namespace Connmgr;

/// <summary>The binary forms of an address: that of the addr message (16 bytes), that of BIP155, and the one that address books hash.</summary>
internal static class NetworkAddressWire
{
    extension(NetworkAddress)
    {
        /// <summary>
        /// Reads the 16 byte form of the addr message. ::ffff:a.b.c.d is IPv4. fd6b:88c0:8724::/48 is internal, and so never valid.
        /// fd87:d87e:eb43::/48 (OnionCat, Tor v2) becomes the default value, which is not valid either.
        /// </summary>
        /// <param name="bytes">16 bytes.</param>
        /// <returns>The address.</returns>
        /// <exception cref="ArgumentException">There are not 16 bytes.</exception>
        public static NetworkAddress FromV1(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length != NetworkAddress.V1Length)
                throw new ArgumentException($"An address of the addr message has {NetworkAddress.V1Length} bytes, not {bytes.Length}.", nameof(bytes));
            return NetworkAddress.From16(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        }

        /// <summary>
        /// Reads an address in BIP155 form, as in addrv2 messages and Bitcoin Core's peers.dat. Accepts any bytes.
        /// </summary>
        /// <param name="networkId">The network id.</param>
        /// <param name="bytes">The bytes of the address, without their length.</param>
        /// <param name="address">
        /// The address; the default value, which is not valid, unless the result is <see cref="Bip155DecodeStatus.Decoded"/>.
        /// </param>
        /// <returns>The outcome: the address was decoded, must be ignored, or violates BIP155.</returns>
        public static Bip155DecodeStatus ReadBip155(byte networkId, ReadOnlySpan<byte> bytes, out NetworkAddress address)
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
            if (bytes.Length > NetworkAddress.MaxBip155Length || (expected is { } length && bytes.Length != length))
                return Bip155DecodeStatus.Malformed;
            if (expected is null)
                return Bip155DecodeStatus.Ignored;

            switch (network)
            {
                case AddressNetwork.IPv4:
                    address = NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes));
                    break;
                case AddressNetwork.IPv6:
                    var read = NetworkAddress.FromV1(bytes);
                    if (read.Network == AddressNetwork.IPv4 || BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16 == NetworkAddress.OnionCatPrefix)
                        return Bip155DecodeStatus.Ignored;
                    address = read;
                    break;
                case AddressNetwork.Cjdns:
                    address = new(network, BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
                    break;
                default:
                    address = NetworkAddress.From32(network, bytes);
                    break;
            }

            return Bip155DecodeStatus.Decoded;
        }
    }

    extension(in NetworkAddress address)
    {
        /// <summary>The network id in BIP155 form. For an internal address that of IPv6.</summary>
        public byte Bip155Id => (byte)(address.Network == AddressNetwork.Internal ? AddressNetwork.IPv6 : address.Network);

        /// <summary>The length of the address in BIP155 form, in bytes: 4, 16 or 32.</summary>
        public int Bip155Length => address.Network == AddressNetwork.IPv4 ? 4 : address.Is32Bytes ? 32 : 16;

        /// <summary>True when the addr message (and any form older than BIP155) can contain the address: IPv4, IPv6 and internal.</summary>
        public bool IsV1Compatible => address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6 or AddressNetwork.Internal;

        /// <summary>Writes the bytes of the BIP155 form, without id and length.</summary>
        /// <param name="destination">A buffer of at least Bip155Length bytes.</param>
        /// <returns>The number of bytes written.</returns>
        /// <exception cref="ArgumentException">The buffer is too short.</exception>
        public int WriteBip155(Span<byte> destination)
        {
            var length = address.Bip155Length;
            ThrowIfShort(destination, length);
            if (length == 4)
                BinaryPrimitives.WriteUInt32BigEndian(destination, address.IPv4Bits);
            else if (length == NetworkAddress.V1Length)
                address.Write16(destination);
            else
                address.Write32(destination);
            return length;
        }

        /// <summary>Writes the 16 byte form of the addr message.</summary>
        /// <param name="destination">A buffer of at least 16 bytes.</param>
        /// <returns>
        /// False if the form cannot represent the address (it can for IPv4, IPv6 and internal); then all 16 bytes are zero, as Bitcoin Core
        /// writes it.
        /// </returns>
        /// <exception cref="ArgumentException">The buffer is too short.</exception>
        public bool TryWriteV1(Span<byte> destination)
        {
            ThrowIfShort(destination, NetworkAddress.V1Length);
            var compatible = address.IsV1Compatible;
            (compatible ? address : default).Write16(destination);
            return compatible;
        }

        /// <summary>
        /// Writes the bytes that Bitcoin Core's address manager hashes: the addr form if it can represent the address, else the BIP155
        /// bytes.
        /// </summary>
        public int WriteHashed(Span<byte> destination)
        {
            if (address.Is32Bytes)
            {
                address.Write32(destination);
                return 32;
            }

            address.Write16(destination);
            return 16;
        }
    }

    private static void ThrowIfShort(Span<byte> destination, int length)
    {
        if (destination.Length < length)
            throw new ArgumentException(Invariant($"The address takes {length} bytes; there is room for {destination.Length}."), nameof(destination));
    }
}
