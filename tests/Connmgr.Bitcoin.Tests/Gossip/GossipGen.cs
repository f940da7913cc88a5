using System.Net;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>Addresses that peers may send.</summary>
internal static class GossipGen
{
    private static readonly Gen<NetworkAddress> Address = Gen.OneOf(
        Gen.Byte.Array[4].Select(bytes => Of(AddressNetwork.IPv4, bytes)),
        Gen.Byte.Array[16].Select(bytes => Of(AddressNetwork.IPv6, bytes)),
        Gen.Byte.Array[16].Select(bytes => Of(AddressNetwork.Cjdns, bytes)),
        Gen.Byte.Array[32].Select(bytes => Of(AddressNetwork.TorV3, bytes)),
        Gen.Byte.Array[32].Select(bytes => Of(AddressNetwork.I2P, bytes)),
        Gen.Const(default(NetworkAddress)),
        Gen.Const(NetworkAddress.FromName("a seed")));

    /// <summary>Anything that an address book may hold, and what it may not: internal addresses, <c>::</c>.</summary>
    public static readonly Gen<PeerAddress> Any = Gen.Select(
        Address,
        Gen.UShort,
        Gen.OneOf(Gen.ULong, Gen.ULong[0, 0x1ff], Gen.OneOf(0xfcul, 0xfdul, 0xfffful, 0x10000ul, 0xfffffffful, 0x100000000ul)),
        Gen.UInt,
        (address, port, services, seen) => new PeerAddress(new(address, port), services, DateTimeOffset.FromUnixTimeSeconds(seen)));

    /// <summary>Makes the IPv4 address of a number, each in a separate /16 as long as there are any.</summary>
    public static NetworkEndPoint IPv4(int number) =>
        new(Of(AddressNetwork.IPv4, [(byte)(20 + number / 256 % 80), (byte)number, (byte)(number / 20_480), 1]), 8333);

    /// <summary>Makes the onion address of a number.</summary>
    public static NetworkEndPoint Onion(int number) =>
        new(Of(AddressNetwork.TorV3, [.. BitConverter.GetBytes(number), .. new byte[28]]), 8333);

    /// <summary>Makes an address of a full node.</summary>
    public static PeerAddress Node(NetworkEndPoint endPoint, DateTimeOffset seen) =>
        new(endPoint, (ulong)(NodeServices.Network | NodeServices.Witness), seen);

    /// <summary>Makes an address of a full node from a text.</summary>
    public static PeerAddress Node(string endPoint, DateTimeOffset seen) => Node(NetworkEndPoint.Parse(endPoint), seen);

    public static NetworkAddress Of(AddressNetwork network, byte[] bytes)
    {
        NetworkAddress.ReadBip155((byte)network, bytes, out var address);
        return address;
    }

    public static NetworkAddress Of(string address) => NetworkAddress.FromIPAddress(IPAddress.Parse(address));
}
