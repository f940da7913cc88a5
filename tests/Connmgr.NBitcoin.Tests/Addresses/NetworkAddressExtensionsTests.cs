using System.Net;
using CsCheck;
using Address = NBitcoin.Protocol.NetworkAddress;

namespace Connmgr.NBitcoin.Tests;

public class NetworkAddressExtensionsTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333";

    public static TheoryData<string, string> Addresses => new()
    {
        { "1.2.3.4:8333", "IPv4" },
        { "[2001:db8::1]:1", "IPv6" },
        { Onion, "Onion" },
        { "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", "I2P" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void ToNBitcoinAddress_AndBack_IsTheSame(string text, string type)
    {
        var address = new PeerAddress(NetworkEndPoint.Parse(text), 0x409, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

        var converted = address.ToNBitcoinAddress();

        Assert.Equal(type, converted.AddressType.ToString());
        Assert.Equal(((ulong)0x409, 1_700_000_000), ((ulong)converted.Services, converted.Time.ToUnixTimeSeconds()));
        Assert.True(converted.TryToPeerAddress(out var back));
        Assert.Equal(address, back);
        Assert.True(address.EndPoint.ToNBitcoinAddress().TryToNetworkEndPoint(out var endPoint));
        Assert.Equal(address.EndPoint, endPoint);
    }

    [Fact]
    public void ToNBitcoinAddress_OfCjdns_AndBack_IsTheSame()
    {
        var endPoint = new NetworkEndPoint(NetworkAddress.FromIPAddress(IPAddress.Parse("fc00::1")).ToCjdns(), 8333);
        var converted = endPoint.ToNBitcoinAddress();
        Assert.Equal("Cjdns", converted.AddressType.ToString());
        Assert.True(converted.TryToNetworkEndPoint(out var back));
        Assert.Equal(endPoint, back);
    }

    [Fact]
    public void Addresses_OfIPv4AndIPv6_AreTheSameForBoth() =>
        Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.UShort[1, 65535], Gen.Bool).Sample(
            (v4, v6, port, isV4) =>
            {
                var ip = new IPAddress(isV4 ? v4 : v6);
                if (new Address(ip, port).TryToNetworkEndPoint(out var endPoint) && endPoint.Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6)
                    Assert.Equal(new NetworkEndPoint(NetworkAddress.FromIPAddress(ip), port), endPoint);
            },
            iter: Effort.Of(300));

    [Fact]
    public void TryToNetworkEndPoint_OfTorV2_IsFalse()
    {
        var address = new Address { Endpoint = new DnsEndPoint("aaaaaaaaaaaaaaaa.onion", 8333) };
        Assert.False(address.TryToNetworkEndPoint(out _));
    }

    [Fact]
    public void ToNBitcoinAddress_OfAnInternalAddress_IsAnError() =>
        Assert.Throws<ArgumentException>(static () => new NetworkEndPoint(NetworkAddress.FromName("seed"), 1).ToNBitcoinAddress());
}
