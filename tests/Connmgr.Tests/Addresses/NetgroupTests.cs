using System.Net;
using CsCheck;

namespace Connmgr.Tests.Addresses;

/// <summary>The grouping of Bitcoin Core, with the vectors of its own test.</summary>
public class NetgroupTests
{
    [Theory]
    [InlineData("1.2.3.4", "1.2.0.0/16")]
    [InlineData("::ffff:0:102:304", "1.2.0.0/16")] // RFC 6145
    [InlineData("::ffff:1.2.3.4", "1.2.0.0/16")]
    [InlineData("64:ff9b::102:304", "1.2.0.0/16")] // RFC 6052
    [InlineData("2002:102:304:9999:9999:9999:9999:9999", "1.2.0.0/16")] // 6to4
    [InlineData("2001:0:9999:9999:9999:9999:fefd:fcfb", "1.2.0.0/16")] // Teredo
    [InlineData("2001:470:abcd:9999:9999:9999:9999:9999", "2001:470:a000::/36")] // he.net
    [InlineData("2001:2001:9999:9999:9999:9999:9999:9999", "2001:2001::/32")]
    [InlineData("2a01:4f8::1", "2a01:4f8::/32")]
    public void Of_ARoutableAddress_IsItsPrefix(string address, string group) =>
        Assert.Equal(group, Netgroup.Of(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fdff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001:10::1")]
    [InlineData("2001:1f:ffff::1")]
    [InlineData("2001:20::1")]
    [InlineData("2001:2f:ffff::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:a00:1::")]
    public void Of_AnAddressThatIsNotRoutable_IsNone(string address) => Assert.True(Netgroup.Of(IPAddress.Parse(address)).IsNone);

    [Theory]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("192.0.1.255")]
    [InlineData("255.255.255.254")]
    [InlineData("2001:30::")]
    [InlineData("2001:f::")]
    [InlineData("fe80:0:0:1::1")]
    [InlineData("fe00::1")]
    public void Of_TheNeighboursOfThose_IsAGroup(string address) => Assert.False(Netgroup.Of(IPAddress.Parse(address)).IsNone);

    [Fact]
    public void Of_IPv4_IsTheFirst16Bits() =>
        Gen.Select(Gen.Byte[20, 90], Gen.Byte, Gen.Byte, Gen.Byte, Gen.Byte, Gen.Byte).Sample((a, b, c1, d1, c2, d2) =>
        {
            var group = Netgroup.Of(new IPAddress([a, b, c1, d1]));
            Assert.Equal(group, Netgroup.Of(new IPAddress([a, b, c2, d2])));
            Assert.Equal(group, Netgroup.Of(new IPAddress([a, b, c2, d2]).MapToIPv6()));
            Assert.NotEqual(group, Netgroup.Of(new IPAddress([(byte)(a + 1), b, c1, d1])));
            Assert.NotEqual(group, Netgroup.Of(new IPAddress([a, (byte)(b + 1), c1, d1])));
        });

    [Fact]
    public void Of_IPv6_IsTheFirst32BitsAndOfHurricaneElectric36() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16]).Sample((one, two) =>
        {
            foreach (byte[] prefix in new byte[][] { [0x2a, 0x01, 4, 0xf8], [0x20, 0x01, 4, 0x70] })
            {
                prefix.CopyTo(one, 0);
                prefix.CopyTo(two, 0);
                var isSame = prefix[0] == 0x2a || one[4] >> 4 == two[4] >> 4;
                Assert.Equal(isSame, Netgroup.Of(new IPAddress(one)) == Netgroup.Of(new IPAddress(two)));
            }
        });

    [Fact]
    public void Of_WhatIsNoIPEndPoint_IsNone()
    {
        Assert.True(Netgroup.Of(new DnsEndPoint("seed.example", 8333)).IsNone);
        Assert.True(Netgroup.Of((EndPoint?)null).IsNone);
        Assert.Equal("none", default(Netgroup).ToString());
        Assert.Equal(Netgroup.Of(IPAddress.Parse("1.2.3.4")), Netgroup.Of(IPEndPoint.Parse("1.2.9.9:1")));
    }
}
