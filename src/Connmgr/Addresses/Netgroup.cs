using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The part of the network that an address belongs to, as Bitcoin Core groups addresses: one operator can cheaply have many addresses in
/// one group, but not in many groups. IPv4 is grouped by /16 (including IPv4 embedded in IPv6 by RFC 6145, RFC 6052, 6to4 and Teredo), IPv6
/// by /32, Hurricane Electric's 2001:470::/32 by /36, Tor and I2P by 4 bits, CJDNS by 12. With an <see cref="AsMap"/>, IPv4 and IPv6 are
/// grouped by autonomous system. All addresses that are not publicly routable share one group, the default value, which is called none. An
/// immutable value, compared by value; 16 bytes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Netgroup
{
    /// <summary>The maximum number of bytes that <see cref="WriteBytes"/> writes.</summary>
    internal const int MaxLength = 11;

    private const byte IPv4Class = 1;
    private const byte IPv6Class = 2;
    private const byte TorClass = 3;
    private const byte I2PClass = 4;
    private const byte CjdnsClass = 5;
    private const byte InternalClass = 6;
    private const ulong AutonomousSystemFlag = 0x80;
    private const ulong HurricaneElectric = 0x2001_0470;

    // Big-endian: the class, then up to seven bytes; three more here. The last byte has the flag and the number of bytes after the class.
    private readonly ulong _head;
    private readonly ulong _tail;

    private Netgroup(byte netClass, ulong prefix, ulong prefixLength, ulong more = 0)
    {
        _head = ((ulong)netClass << 56) | prefix;
        _tail = more | prefixLength;
    }

    /// <summary>True for the group of the addresses that are not publicly routable. The default value.</summary>
    public bool IsNone => _head == 0;

    /// <summary>
    /// True when the group does not indicate who operates its members, so that limits per group do not apply: none, Tor, I2P, CJDNS and
    /// internal. (Bitcoin Core also exempts them from the limit of one outbound connection per group.)
    /// </summary>
    public bool IsExempt => Class is not (IPv4Class or IPv6Class);

    /// <summary>The number of bytes that <see cref="WriteBytes"/> writes, 1 to <see cref="MaxLength"/>.</summary>
    internal int Length => 1 + (int)(_tail & 0x7f);

    private byte Class => (byte)(_head >> 56);

    private bool IsAutonomousSystem => (_tail & AutonomousSystemFlag) != 0;

    /// <summary>
    /// Gets the group by which a manager limits its connections to an endpoint: that of the IP address; none if the group is exempt
    /// (<see cref="IsExempt"/>) or the endpoint is not an <see cref="IPEndPoint"/>.
    /// </summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <returns>Its group.</returns>
    public static Netgroup FromEndPoint(EndPoint? endPoint) => endPoint is IPEndPoint ip ? FromAddress(ip.Address) : default;

    /// <summary>
    /// Gets the group by which a manager limits its connections to an IP address; none if the address is not publicly routable.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>Its group.</returns>
    internal static Netgroup FromAddress(IPAddress address)
    {
        var group = FromAddress(NetworkAddress.FromIPAddress(address));
        return group.IsExempt ? default : group;
    }

    /// <summary>Gets the group of an address of any network, without an AS map.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its group.</returns>
    public static Netgroup FromAddress(in NetworkAddress address)
    {
        var high = address.High;
        if (address.Network == AddressNetwork.Internal)
            return new(InternalClass, ((high & 0xffff) << 40) | (address.Low >> 24), 10, address.Low << 40);
        if (!address.IsRoutable)
            return default;
        if (address.TryGetLinkedIPv4(out uint ipv4))
            return new(IPv4Class, (ulong)(ipv4 >> 16) << 40, 2);
        return address.Network switch
        {
            AddressNetwork.TorV3 => new(TorClass, ((high >> 56) | 0x0f) << 48, 1),
            AddressNetwork.I2P => new(I2PClass, ((high >> 56) | 0x0f) << 48, 1),
            AddressNetwork.Cjdns => new(CjdnsClass, ((high >> 48) | 0x0f) << 40, 2),
            _ when high >> 32 == HurricaneElectric => new(IPv6Class, ((high >> 24) | 0x0f) << 16, 5),
            _ => new(IPv6Class, (high >> 32) << 24, 4),
        };
    }

    /// <summary>Gets the group of the IPv4 and IPv6 addresses of an autonomous system.</summary>
    /// <param name="number">The number of the autonomous system. Not 0, which is reserved.</param>
    /// <returns>The group.</returns>
    public static Netgroup FromAutonomousSystem(uint number)
    {
        ArgumentOutOfRangeException.ThrowIfZero(number);
        return new(IPv6Class, (ulong)BinaryPrimitives.ReverseEndianness(number) << 24, 4, AutonomousSystemFlag);
    }

    /// <summary>
    /// Writes the bytes with which Bitcoin Core's address manager identifies the group when it computes the place of an address: a class (0
    /// none, 1 IPv4, 2 IPv6, 3 Tor, 4 I2P, 5 CJDNS, 6 internal), then the prefix, its last byte filled up with ones; or 2 and the number of
    /// an autonomous system, little-endian.
    /// </summary>
    /// <param name="destination">A buffer of at least <see cref="Length"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    internal int WriteBytes(Span<byte> destination)
    {
        var length = Length;
        if (destination.Length < length)
            throw new ArgumentException(Invariant($"The group takes {length} bytes; there is room for {destination.Length}."), nameof(destination));
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _head);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _tail);
        bytes[..length].CopyTo(destination);
        return length;
    }

    /// <summary>Computes a hash of the value, different in each process.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => HashCode.Combine((int)_head, (int)(_head >> 32), (int)_tail, (int)(_tail >> 32));

    /// <summary>Formats the group's prefix.</summary>
    /// <returns>For example <c>1.2.0.0/16</c>, <c>2001:db8::/32</c>, <c>AS1000</c>, <c>tor:7</c>, <c>i2p:a</c>, or <c>none</c>.</returns>
    public override string ToString()
    {
        var prefix = (uint)(_head >> 24);
        return Class switch
        {
            IPv4Class => $"{prefix >> 24}.{(prefix >> 16) & 0xff}.0.0/16",
            IPv6Class when IsAutonomousSystem => $"AS{BinaryPrimitives.ReverseEndianness(prefix)}",
            IPv6Class when prefix == HurricaneElectric => $"2001:470:{(_head >> 8) & 0xf000:x}::/36",
            IPv6Class => $"{prefix >> 16:x}:{prefix & 0xffff:x}::/32",
            TorClass => $"tor:{prefix >> 28:x}",
            I2PClass => $"i2p:{prefix >> 28:x}",
            CjdnsClass => $"{(prefix >> 16) & 0xfff0:x}::/12",
            InternalClass => $"internal:{_head & 0xff_ffff_ffff_ffff:x14}{_tail >> 40:x6}",
            _ => "none",
        };
    }
}
