using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// The part of the network that an address belongs to, as Bitcoin Core groups addresses: one operator can have many addresses in
/// one group cheaply, but not addresses in many groups. IPv4 groups by /16 (also IPv4 embedded in IPv6 by RFC 6145, RFC 6052,
/// 6to4 and Teredo), IPv6 by /32, Hurricane Electric's 2001:470::/32 by /36. An address that is not publicly routable, and
/// one that is no IP address, has no group. An immutable value, compared by value.
/// </summary>
public readonly record struct Netgroup
{
    private const ulong IPv4Class = 1UL << 56;
    private const ulong IPv6Class = 2UL << 56;

    private readonly ulong _value;

    private Netgroup(ulong value) => _value = value;

    /// <summary>True for an address that belongs to no group and is therefore exempt from limits per group. The default value.</summary>
    public bool IsNone => _value == 0;

    /// <summary>The group of an endpoint; none when it is not an <see cref="IPEndPoint"/>.</summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <returns>Its group.</returns>
    public static Netgroup Of(EndPoint? endPoint) => endPoint is IPEndPoint ip ? Of(ip.Address) : default;

    /// <summary>The group of an IP address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its group; none when the address is not publicly routable.</returns>
    public static Netgroup Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return OfIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes));

        var high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        return LinkedIPv4(high, low) is { } ipv4 ? OfIPv4(ipv4) : OfIPv6(high, low);
    }

    /// <summary>The group's prefix.</summary>
    /// <returns>For example <c>1.2.0.0/16</c>, or <c>none</c>.</returns>
    public override string ToString()
    {
        if (IsNone)
            return "none";
        var prefix = (uint)(_value >> 8);
        if (_value < IPv6Class)
            return $"{prefix >> 24}.{(prefix >> 16) & 0xff}.0.0/16";
        return prefix == 0x2001_0470
            ? $"2001:470:{(_value & 0xf0) << 8:x}::/36"
            : $"{prefix >> 16:x}:{prefix & 0xffff:x}::/32";
    }

    /// <summary>The IPv4 address that an IPv6 address stands for, if it does.</summary>
    private static uint? LinkedIPv4(ulong high, ulong low) => (high, low >> 32) switch
    {
        (0, 0xffff) => (uint)low,                                     // IPv4-mapped, ::ffff:0:0/96
        (0, 0xffff_0000) => (uint)low,                                // RFC 6145, ::ffff:0:a.b.c.d with its 16 bit shift
        (0x0064_ff9b_0000_0000, 0) => (uint)low,                      // RFC 6052, 64:ff9b::/96
        _ when high >> 48 == 0x2002 => (uint)(high >> 16),            // 6to4: bytes 2 to 5
        _ when high >> 32 == 0x2001_0000 => ~(uint)low,               // Teredo: the last 4 bytes, inverted
        _ => null,
    };

    private static Netgroup OfIPv4(uint ip) =>
        IsRoutableIPv4(ip) ? new(IPv4Class | ((ulong)(ip & 0xffff_0000) << 8)) : default;

    private static Netgroup OfIPv6(ulong high, ulong low)
    {
        if (!IsRoutableIPv6(high, low))
            return default;
        var prefix = high >> 32;
        var more = prefix == 0x2001_0470 ? (high >> 24 & 0xff) | 0x0f : 0;
        return new(IPv6Class | (prefix << 8) | more);
    }

    private static bool IsRoutableIPv4(uint ip) =>
        ip >> 24 is not (0 or 10 or 127)
        && ip >> 20 != 0xac1                                          // 172.16.0.0/12
        && ip >> 16 is not (0xc0a8 or 0xa9fe)                         // 192.168.0.0/16, 169.254.0.0/16
        && ip >> 17 != 0xc612 >> 1                                    // 198.18.0.0/15
        && ip >> 22 != 0x6440 >> 6                                    // 100.64.0.0/10
        && ip >> 8 is not (0xc0_0002 or 0xc6_3364 or 0xcb_0071)       // documentation
        && ip != 0xffff_ffff;

    private static bool IsRoutableIPv6(ulong high, ulong low) =>
        (high, low) is not ((0, 0) or (0, 1))
        && high != 0xfe80_0000_0000_0000                              // link-local
        && high >> 57 != 0xfc >> 1                                    // fc00::/7
        && high >> 32 != 0x2001_0db8                                  // documentation
        && high >> 36 is not (0x200_1001 or 0x200_1002);              // ORCHID, 2001:10::/28 and 2001:20::/28
}
