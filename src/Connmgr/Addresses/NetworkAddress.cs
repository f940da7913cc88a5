using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The address of a host on one of the networks that Bitcoin nodes use, without a port. An immutable value, compared by value. It takes 40
/// bytes for every network, so a table of addresses is one array without further allocations. The default value is the IPv6 address
/// <c>::</c>, which is not valid; addresses that cannot be represented, such as Tor v2, are read as this value.
/// </summary>
/// <remarks>
/// An IPv4 address has only one form: ::ffff:a.b.c.d becomes IPv4. The scope of a link-local IPv6 address is not kept. The classification
/// follows Bitcoin Core's netaddress.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
[JsonConverter(typeof(TextJsonConverter))]
public readonly partial struct NetworkAddress : IEquatable<NetworkAddress>, ISpanFormattable, ISpanParsable<NetworkAddress>
{
    /// <summary>The maximum length of an address by BIP155, in bytes.</summary>
    internal const int MaxBip155Length = 512;

    /// <summary>The maximum length of an address of a known network in BIP155 form, in bytes.</summary>
    internal const int MaxLength = 32;

    /// <summary>The length of an address in the addr message, in bytes.</summary>
    internal const int V1Length = 16;

    /// <summary>The first 48 bits of OnionCat addresses, fd87:d87e:eb43::/48, which represented Tor v2.</summary>
    internal const ulong OnionCatPrefix = 0xfd87_d87e_eb43;

    internal const ulong IPv4InIPv6 = 0x0000_ffff_0000_0000;
    internal const ulong InternalPrefix = 0xfd6b_88c0_8724;

    // Big-endian. Networks of at most 16 bytes use the first two, in the form of the addr message (IPv4 as ::ffff:a.b.c.d).
    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    // XORed so that zero means IPv6.
    private readonly byte _network;

    internal NetworkAddress(AddressNetwork network, ulong first, ulong second, ulong third = 0, ulong fourth = 0)
    {
        _first = first;
        _second = second;
        _third = third;
        _fourth = fourth;
        _network = (byte)((byte)network ^ (byte)AddressNetwork.IPv6);
    }

    /// <summary>The network of the address.</summary>
    public AddressNetwork Network => (AddressNetwork)(_network ^ (byte)AddressNetwork.IPv6);

    /// <summary>The first 8 bytes of the address (for IPv4, of its 16 byte form), big-endian.</summary>
    internal ulong High => _first;

    /// <summary>The next 8 bytes.</summary>
    internal ulong Low => _second;

    /// <summary>All bytes of the address, big-endian. With the network they make it again.</summary>
    internal (ulong First, ulong Second, ulong Third, ulong Fourth) Words => (_first, _second, _third, _fourth);

    internal bool Is32Bytes => Network is AddressNetwork.TorV3 or AddressNetwork.I2P;

    internal uint IPv4Bits => (uint)_second;

    /// <summary>Compares two addresses by value.</summary>
    /// <param name="left">The first address.</param>
    /// <param name="right">The second address.</param>
    /// <returns>True if they are the same address of the same network.</returns>
    public static bool operator ==(NetworkAddress left, NetworkAddress right) => left.Equals(right);

    /// <summary>Compares two addresses by value.</summary>
    /// <param name="left">The first address.</param>
    /// <param name="right">The second address.</param>
    /// <returns>True if they differ.</returns>
    public static bool operator !=(NetworkAddress left, NetworkAddress right) => !left.Equals(right);

    /// <summary>
    /// Converts an <see cref="IPAddress"/>. It becomes an IPv4 or IPv6 address, or another one if <see cref="NetworkAddressWire"/> reads
    /// its bytes so. Drops a scope id.
    /// </summary>
    /// <param name="address">The IP address.</param>
    /// <returns>The address. Call <see cref="ToCjdns"/> to convert it to CJDNS.</returns>
    public static NetworkAddress FromIPAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : NetworkAddress.FromV1(bytes);
    }

    /// <summary>
    /// Creates the address that represents a name as a source of addresses: the first 10 bytes of SHA-256 of the name in UTF-8, as in
    /// Bitcoin Core.
    /// </summary>
    /// <param name="name">The name, for example that of a DNS seed. Not empty.</param>
    /// <returns>An address of <see cref="AddressNetwork.Internal"/>.</returns>
    public static NetworkAddress FromName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return new(
            AddressNetwork.Internal,
            (InternalPrefix << 16) | BinaryPrimitives.ReadUInt16BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[2..]));
    }

    /// <summary>Converts the address to an <see cref="IPAddress"/>.</summary>
    /// <returns>The IP address for IPv4, IPv6 and CJDNS; null for the other networks, which have none.</returns>
    public IPAddress? ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        switch (Network)
        {
            case AddressNetwork.IPv4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, IPv4Bits);
                return new IPAddress(bytes[..4]);
            case AddressNetwork.IPv6 or AddressNetwork.Cjdns:
                Write16(bytes);
                return new IPAddress(bytes);
            default:
                return null;
        }
    }

    /// <summary>
    /// Converts an IPv6 address in fc00::/8 to the CJDNS address that it is on a host with CJDNS. On other hosts the same bits are a
    /// private IPv6 address, so the conversion is explicit. (Bitcoin Core does it if -cjdnsreachable is set.)
    /// </summary>
    /// <returns>The CJDNS address; any other address unchanged.</returns>
    public NetworkAddress ToCjdns() =>
        Network == AddressNetwork.IPv6 && _first >> 56 == 0xfc ? new(AddressNetwork.Cjdns, _first, _second) : this;

    /// <summary>Converts a CJDNS address to the IPv6 address that the system uses for it; returns any other address unchanged.</summary>
    internal NetworkAddress FromCjdns() => Network == AddressNetwork.Cjdns ? new(AddressNetwork.IPv6, _first, _second) : this;

    /// <summary>
    /// Clears all bits after the given number, counted in the 16 bytes of the address (for IPv4, after ::ffff:0:0/96). Longer addresses stay
    /// unchanged.
    /// </summary>
    internal NetworkAddress WithPrefix(int bits) => bits switch
    {
        >= 128 => this,
        > 64 => new(Network, _first, _second & (ulong.MaxValue << (128 - bits))),
        > 0 => new(Network, _first & (ulong.MaxValue << (64 - bits)), 0),
        _ => new(Network, 0, 0),
    };

    /// <summary>Compares the bytes of two addresses of one network.</summary>
    internal int CompareBytes(in NetworkAddress other)
    {
        var order = _first.CompareTo(other._first);
        if (order == 0)
            order = _second.CompareTo(other._second);
        if (order == 0)
            order = _third.CompareTo(other._third);
        return order == 0 ? _fourth.CompareTo(other._fourth) : order;
    }

    /// <summary>Compares by value.</summary>
    /// <param name="other">Another address.</param>
    /// <returns>True if they are the same address of the same network.</returns>
    public bool Equals(NetworkAddress other) =>
        _second == other._second && _first == other._first && _third == other._third && _fourth == other._fourth
        && _network == other._network;

    /// <summary>Compares by value.</summary>
    /// <param name="obj">Another address.</param>
    /// <returns>True if it is the same address of the same network.</returns>
    public override bool Equals(object? obj) => obj is NetworkAddress other && Equals(other);

    /// <summary>Computes a hash of the value, different in each process.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode()
    {
        // Attackers choose addresses. Each 32 bit half goes in separately, because the hash code of a long lets one half cancel the other.
        var hash = default(HashCode);
        hash.Add((int)_network);
        Add(ref hash, _first);
        Add(ref hash, _second);
        if (Is32Bytes)
        {
            Add(ref hash, _third);
            Add(ref hash, _fourth);
        }

        return hash.ToHashCode();

        static void Add(ref HashCode hash, ulong value)
        {
            hash.Add((int)value);
            hash.Add((int)(value >> 32));
        }
    }

    internal static NetworkAddress FromIPv4(uint address) => new(AddressNetwork.IPv4, 0, IPv4InIPv6 | address);

    /// <summary>Reads the 16 bytes of an IPv6 address, which can embed an IPv4 or internal address.</summary>
    internal static NetworkAddress From16(ulong first, ulong second)
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

    internal static NetworkAddress From32(AddressNetwork network, ReadOnlySpan<byte> bytes) => new(
        network,
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    internal void Write16(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _second);
    }

    internal void Write32(Span<byte> bytes)
    {
        Write16(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _fourth);
    }
}
