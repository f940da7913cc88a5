using System.Net;
using CsCheck;

namespace Connmgr.Tests.Addresses;

/// <summary>Addresses at random, with a liking for the ranges in which something changes.</summary>
internal static class AddressGen
{
    private static readonly string[] Prefixes =
    [
        "", "00", "20010470", "20010db8", "2002", "20010000", "0064ff9b0000000000000000", "0000000000000000ffff0000",
        "00000000000000000000ffff", "fc", "fd", "fe80000000000000", "fd6b88c08724", "fd87d87eeb43", "2001001", "2001002",
        "000000000000000000000000000000",
    ];

    /// <summary>16 bytes, of any range.</summary>
    public static readonly Gen<byte[]> Bytes16 = Gen.Select(Gen.OneOf(Prefixes), Gen.Byte.Array[16], (prefix, bytes) =>
    {
        var digits = prefix + Convert.ToHexString(bytes)[prefix.Length..];
        return Convert.FromHexString(digits);
    });

    /// <summary>16 bytes with many groups of zeros, which is what shortening in text is about.</summary>
    public static readonly Gen<byte[]> SparseBytes16 = Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 255], (bytes, zeros) =>
    {
        for (var group = 0; group < 8; group++)
        {
            if ((zeros >> group & 1) == 0)
                continue;
            bytes[2 * group] = 0;
            bytes[(2 * group) + 1] = 0;
        }

        return bytes;
    });

    public static readonly Gen<uint> IPv4Bits = Gen.Frequency(
        (4, Gen.UInt),
        (1, Gen.OneOf(0u, 1u, 0x0a000001u, 0x7f000001u, 0xc0a80001u, 0x64400001u, 0xc6120001u, 0xffffffffu)));

    public static readonly Gen<NetworkAddress> IPv4 = IPv4Bits.Select(bits => NetworkAddress.FromIPAddress(ToIP(bits)));

    public static readonly Gen<NetworkAddress> IPv6 = Gen.OneOf(Bytes16, SparseBytes16).Select(bytes => NetworkAddress.FromV1(bytes));

    public static readonly Gen<NetworkAddress> Tor = Gen.Byte.Array[32].Select(bytes => Of(AddressNetwork.TorV3, bytes));

    public static readonly Gen<NetworkAddress> I2P = Gen.Byte.Array[32].Select(bytes => Of(AddressNetwork.I2P, bytes));

    public static readonly Gen<NetworkAddress> Cjdns = Bytes16.Select(bytes =>
    {
        bytes[0] = 0xfc;
        return Of(AddressNetwork.Cjdns, bytes);
    });

    /// <summary>Any address, internal ones included.</summary>
    public static readonly Gen<NetworkAddress> Any = Gen.OneOf(IPv4, IPv6, Tor, I2P, Cjdns);

    public static NetworkAddress Of(AddressNetwork network, byte[] bytes)
    {
        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155((byte)network, bytes, out var address));
        return address;
    }

    public static IPAddress ToIP(uint bits) =>
        new([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
}
