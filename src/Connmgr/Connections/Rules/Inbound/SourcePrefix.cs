using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// The origin of inbound connections, as far as a limit distinguishes them: the first bits of an address, or a listener as a whole.
/// </summary>
/// <param name="Bits">The address as IPv6 (IPv4 as ::ffff:a.b.c.d), the bits after the prefix zero; or the listener's number.</param>
/// <param name="Length">The number of bits that count; -1 for a listener.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SourcePrefix(UInt128 Bits, int Length)
{
    private const int IPv4Offset = 96;
    private const int WholeLength = 128;
    private const int IPv6HostLength = 64;
    private const int CjdnsFirstByte = 0xfc;

    public static SourcePrefix OfListener(int number) => new((UInt128)(uint)number, -1);

    /// <summary>Gets the address alone.</summary>
    public static SourcePrefix FromAddress(IPAddress address) => new(GetBits(address), WholeLength);

    /// <summary>
    /// Gets the same address without all but its first bits: <paramref name="ipv4Length"/> of an IPv4 address, or
    /// <paramref name="ipv6Length"/>.
    /// </summary>
    public SourcePrefix Shortened(int ipv4Length, int ipv6Length)
    {
        var length = IsIPv4 ? IPv4Offset + ipv4Length : ipv6Length;
        return new(Bits & GetMask(length), length);
    }

    public bool IsIPv4 => Bits >> 32 == 0xffff;

    /// <summary>
    /// The number of bits that identify the host of an address, by the rule of <see cref="NetworkSubnet.FromHost"/>: 64 of IPv6, all of
    /// IPv4 and CJDNS.
    /// </summary>
    public int HostLength => IsIPv4 || Bits >> 120 == CjdnsFirstByte ? WholeLength : IPv6HostLength;

    /// <summary>Takes in each half of each word separately: peers choose the addresses.</summary>
    public override int GetHashCode() => HashCode.Combine((uint)Bits, (uint)(Bits >> 32), (uint)(Bits >> 64), (uint)(Bits >> 96), Length);

    /// <summary>Gets a mask with the first <paramref name="length"/> bits set.</summary>
    public static UInt128 GetMask(int length) => length == 0 ? 0 : UInt128.MaxValue << (WholeLength - length);

    public static UInt128 GetBits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            bytes.Clear();
            bytes[10] = bytes[11] = 0xff;
            address.TryWriteBytes(bytes[12..], out _);
        }
        else
            address.TryWriteBytes(bytes, out _);

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
