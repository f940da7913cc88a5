using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// A range of addresses: an IPv4 or IPv6 prefix, or a single Tor, I2P or CJDNS address, because neighbours have nothing to do with each
/// other there. An immutable value, compared by value; bits after the prefix do not count. The default value contains nothing. Follows
/// Bitcoin Core's subnets.
/// </summary>
/// <remarks>
/// A CJDNS address is IPv6 to the system that dials or accepts it, so both forms are the same here. IPv4 has only one form:
/// ::ffff:a.b.c.d/120 is a.b.c.d/24, and no IPv6 prefix contains an IPv4 address.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public readonly partial struct NetworkSubnet : IEquatable<NetworkSubnet>, ISpanParsable<NetworkSubnet>
{
    /// <summary>The length of the prefix of one IPv4 address.</summary>
    internal const int IPv4Bits = 32;

    /// <summary>The length of the prefix of one IPv6 address.</summary>
    internal const int IPv6Bits = 128;

    /// <summary>The length of the IPv6 prefix that a provider typically assigns to one customer, who can use all its addresses.</summary>
    private const int IPv6HostBits = 64;

    private const int NameBits = 256;

    private readonly NetworkAddress _address;

    // One more than the length, so that the default value is an empty range.
    private readonly ushort _lengthPlusOne;

    private NetworkSubnet(in NetworkAddress address, int prefixLength)
    {
        _address = address.WithPrefix(address.Network == AddressNetwork.IPv4 ? prefixLength + IPv6Bits - IPv4Bits : prefixLength);
        _lengthPlusOne = (ushort)(prefixLength + 1);
    }

    /// <summary>Creates the range of a single address.</summary>
    /// <param name="address">The address.</param>
    public NetworkSubnet(in NetworkAddress address)
        : this(address.FromCjdns(), GetBits(address))
    {
    }

    /// <summary>The first address; :: for the default value.</summary>
    public NetworkAddress Address => _address;

    /// <summary>
    /// The number of bits that all addresses share: 0 to 32 for IPv4, 0 to 128 for IPv6, 256 for Tor and I2P; -1 for the default value.
    /// </summary>
    public int PrefixLength => _lengthPlusOne - 1;

    /// <summary>Compares two ranges by value.</summary>
    /// <param name="left">The first range.</param>
    /// <param name="right">The second range.</param>
    /// <returns>True if they are the same range.</returns>
    public static bool operator ==(NetworkSubnet left, NetworkSubnet right) => left.Equals(right);

    /// <summary>Compares two ranges by value.</summary>
    /// <param name="left">The first range.</param>
    /// <param name="right">The second range.</param>
    /// <returns>True if they differ.</returns>
    public static bool operator !=(NetworkSubnet left, NetworkSubnet right) => !left.Equals(right);

    /// <summary>Creates the range around an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">
    /// The number of bits that the addresses share with it: 0 to 32 for IPv4, 0 to 128 for IPv6; on other networks that of a single address
    /// (CJDNS 128, Tor and I2P 256).
    /// </param>
    /// <param name="subnet">The range.</param>
    /// <returns>False if the address has no such range.</returns>
    public static bool TryCreate(in NetworkAddress address, int prefixLength, out NetworkSubnet subnet)
    {
        var bits = GetBits(address);
        var isRange = address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6;
        var isValid = address.Network != AddressNetwork.Internal && prefixLength <= bits && (isRange ? prefixLength >= 0 : prefixLength == bits);
        subnet = isValid ? new(address.FromCjdns(), prefixLength) : default;
        return isValid;
    }

    /// <summary>
    /// Gets the range of addresses that one host can use at no cost, which is the unit of counting, discouraging and banning: the /64 of an
    /// IPv6 address, any other address alone. Addresses in fc00::/8 count as CJDNS, where each is the hash of a key.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>The range.</returns>
    public static NetworkSubnet FromHost(in NetworkAddress address) =>
        address.Network == AddressNetwork.IPv6 && address.ToCjdns().Network == AddressNetwork.IPv6 ? new(address, IPv6HostBits) : new(address);

    /// <summary>Determines whether an address is in the range.</summary>
    /// <param name="address">The address.</param>
    /// <returns>
    /// True if it has the same network and the same prefix. Always false for ::, which is not an address, and for internal addresses.
    /// </returns>
    public bool Contains(in NetworkAddress address) =>
        _lengthPlusOne != 0 && address != default && address.Network != AddressNetwork.Internal
        && TryCreate(address.FromCjdns(), PrefixLength, out var around) && around == this;

    /// <summary>Compares by value.</summary>
    /// <param name="other">Another range.</param>
    /// <returns>True if it is the same range.</returns>
    public bool Equals(NetworkSubnet other) => _lengthPlusOne == other._lengthPlusOne && _address == other._address;

    /// <summary>Compares by value.</summary>
    /// <param name="obj">Another range.</param>
    /// <returns>True if it is the same range.</returns>
    public override bool Equals(object? obj) => obj is NetworkSubnet other && Equals(other);

    /// <summary>Computes a hash of the value, different in each process.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => HashCode.Combine(_address.GetHashCode(), _lengthPlusOne);

    /// <summary>
    /// Compares by the order of Bitcoin Core's lists: by network, then by the bytes of the address, then the wider range first.
    /// </summary>
    internal static int Compare(in NetworkSubnet left, in NetworkSubnet right)
    {
        var order = left._address.Network.CompareTo(right._address.Network);
        if (order == 0)
            order = left._address.CompareBytes(right._address);
        return order == 0 ? left._lengthPlusOne.CompareTo(right._lengthPlusOne) : order;
    }

    private static int GetBits(in NetworkAddress address) => address.Network switch
    {
        AddressNetwork.IPv4 => IPv4Bits,
        AddressNetwork.TorV3 or AddressNetwork.I2P => NameBits,
        _ => IPv6Bits,
    };
}
