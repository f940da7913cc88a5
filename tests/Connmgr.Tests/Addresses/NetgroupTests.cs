using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using CsCheck;

namespace Connmgr.Tests.Addresses;

public class NetgroupTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";

    [Theory]
    [InlineData("127.0.0.1", "00", "none")]
    [InlineData("10.0.0.1", "00", "none")]
    [InlineData("169.254.1.1", "00", "none")]
    [InlineData("::", "00", "none")]
    [InlineData("2001:db8::1", "00", "none")]
    [InlineData("fc00:3344::", "00", "none")]
    [InlineData("1.2.3.4", "010102", "1.2.0.0/16")]
    [InlineData("::ffff:0:102:304", "010102", "1.2.0.0/16")]
    [InlineData("64:ff9b::102:304", "010102", "1.2.0.0/16")]
    [InlineData("2002:102:304:9999:9999:9999:9999:9999", "010102", "1.2.0.0/16")]
    [InlineData("2001:0:9999:9999:9999:9999:fefd:fcfb", "010102", "1.2.0.0/16")]
    [InlineData("2002:a00:1::", "010a00", "10.0.0.0/16")]
    [InlineData("2001:470:abcd:9999:9999:9999:9999:9999", "0220010470af", "2001:470:a000::/36")]
    [InlineData("2001:2001:9999:9999:9999:9999:9999:9999", "0220012001", "2001:2001::/32")]
    [InlineData(Onion, "037f", "tor:7")]
    [InlineData(I2P, "04af", "i2p:a")]
    public void Of_Address_BytesOfCore(string text, string bytes, string printed)
    {
        var group = Netgroup.FromAddress(NetworkAddress.Parse(text));

        Assert.Equal(bytes, Bytes(group));
        Assert.Equal(bytes.Length / 2, group.Length);
        Assert.Equal(printed, group.ToString());
        Assert.Equal(bytes.Length == 2, group.IsNone);
    }

    [Fact]
    public void Of_Cjdns_TwelveBits()
    {
        var group = Netgroup.FromAddress(NetworkAddress.Parse("fc00:3344::").ToCjdns());

        Assert.Equal("05fc0f", Bytes(group));
        Assert.Equal("fc00::/12", group.ToString());
    }

    [Fact]
    public void Of_Internal_AllOfTheHash()
    {
        var group = Netgroup.FromAddress(NetworkAddress.FromName("baz.net"));

        Assert.Equal("0612929400eb4607c4ac07", Bytes(group));
        Assert.Equal("internal:12929400eb4607c4ac07", group.ToString());
        Assert.False(group.IsNone);
        Assert.NotEqual(group, Netgroup.FromAddress(NetworkAddress.FromName("baz.org")));
    }

    [Fact]
    public void OfAutonomousSystem_Number_LittleEndian()
    {
        var group = Netgroup.FromAutonomousSystem(1000);

        Assert.Equal("02e8030000", Bytes(group));
        Assert.Equal("AS1000", group.ToString());
        Assert.False(group.IsExempt);
        Assert.Throws<ArgumentOutOfRangeException>(() => Netgroup.FromAutonomousSystem(0));
    }

    [Fact]
    public void IsExempt_NetworksWithoutOperators_True()
    {
        Assert.True(default(Netgroup).IsExempt);
        Assert.True(Netgroup.FromAddress(NetworkAddress.Parse(Onion)).IsExempt);
        Assert.True(Netgroup.FromAddress(NetworkAddress.Parse(I2P)).IsExempt);
        Assert.True(Netgroup.FromAddress(NetworkAddress.Parse("fc00::1").ToCjdns()).IsExempt);
        Assert.True(Netgroup.FromAddress(NetworkAddress.FromName("seed.example")).IsExempt);
        Assert.False(Netgroup.FromAddress(NetworkAddress.Parse("1.2.3.4")).IsExempt);
        Assert.False(Netgroup.FromAddress(NetworkAddress.Parse("2001:db9::1")).IsExempt);
    }

    [Fact]
    public void Of_EndPoint_NoneUnlessOneOfAnOperator()
    {
        Assert.Equal("1.2.0.0/16", Netgroup.FromEndPoint(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 8333)).ToString());
        Assert.Equal("1.2.0.0/16", Netgroup.FromEndPoint(new IPEndPoint(IPAddress.Parse("::ffff:1.2.3.4"), 8333)).ToString());
        Assert.True(Netgroup.FromEndPoint(new IPEndPoint(IPAddress.Loopback, 8333)).IsNone);
        Assert.True(Netgroup.FromEndPoint(new IPEndPoint(IPAddress.Parse("fc00::1"), 8333)).IsNone);
        Assert.True(Netgroup.FromEndPoint(new IPEndPoint(IPAddress.Parse("fd6b:88c0:8724::1"), 8333)).IsNone);
        Assert.True(Netgroup.FromEndPoint(new DnsEndPoint(Onion, 8333)).IsNone);
        Assert.True(Netgroup.FromEndPoint((EndPoint?)null).IsNone);
    }

    [Fact]
    public void Of_IPv4AndWhatStandsForIt_OneGroup() => Gen.Select(AddressGen.IPv4Bits, Gen.Byte.Array[16]).Sample((ipv4, noise) =>
    {
        var plain = NetworkAddress.FromIPAddress(AddressGen.ToIP(ipv4));
        if (!plain.IsRoutable)
            return;
        var group = Netgroup.FromAddress(plain);

        Assert.Equal(group, Embedded("0000000000000000ffff0000", 12, ipv4));
        Assert.Equal(group, Embedded("0064ff9b0000000000000000", 12, ipv4));
        Assert.Equal(group, Embedded("2002", 2, ipv4));
        Assert.Equal(group, Embedded("20010000", 12, ~ipv4));

        Netgroup Embedded(string prefix, int place, uint bits)
        {
            var bytes = noise.ToArray();
            Convert.FromHexString(prefix).CopyTo(bytes, 0);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(place), bits);
            return Netgroup.FromAddress(NetworkAddress.FromV1(bytes));
        }
    }, iter: 10_000);

    [Fact]
    public void Of_Any_EqualExactlyWhenBytesAre() => Gen.Select(AddressGen.Any, AddressGen.Any).Sample((one, other) =>
    {
        var (first, second) = (Netgroup.FromAddress(one), Netgroup.FromAddress(other));
        Assert.Equal(string.Equals(Bytes(first), Bytes(second), StringComparison.Ordinal), first == second);
        Assert.InRange(first.Length, 1, Netgroup.MaxLength);
        Assert.True(first != second || first.GetHashCode() == second.GetHashCode());
    }, iter: 10_000);

    [Fact]
    public void WriteBytes_TooLittleRoom_ArgumentException() =>
        Assert.Throws<ArgumentException>(() => Netgroup.FromAddress(NetworkAddress.Parse("1.2.3.4")).WriteBytes(new byte[2]));

    // Core's own tests use the key SHA256d(1), and its unit tests of the tables the key 1.
    [Fact]
    public void WriteBytes_HashedAsCoreDoes_PlacesAddressesAsCoreDoes()
    {
        var placement = new CorePlacement(HashedOne(), PrefixNetgrouper.Instance);

        Assert.Equal(40, placement.Tried(NetworkEndPoint.Parse("250.1.1.1:8333")));
        Assert.Equal(786, placement.New(NetworkEndPoint.Parse("250.1.2.1:8333"), NetworkAddress.Parse("250.1.2.1")));
    }

    [Fact]
    public void WriteBytes_HashedWithAsMap_PlacesAddressesAsCoreDoes()
    {
        var placement = new CorePlacement(HashedOne(), AsMap.Parse(AsMapTests.CoresTestMap));

        Assert.Equal(236, placement.Tried(NetworkEndPoint.Parse("250.1.1.1:8333")));
        Assert.Equal(795, placement.New(NetworkEndPoint.Parse("250.1.2.1:8333"), NetworkAddress.Parse("250.1.2.1")));
    }

    [Theory]
    [InlineData("250.1.1.1:8333", "252.2.2.2", 983, 23, 228, 30)]
    [InlineData("1.2.3.4:8333", "5.6.7.8", 361, 58, 6, 33)]
    [InlineData("[2001:470:abcd::1]:8333", "5.6.7.8", 652, 18, 85, 2)]
    public void WriteBytes_KeyOne_PlacesAddressesAsCoreDoes(
        string text, string source, int @new, int newPosition, int tried, int triedPosition)
    {
        var key = new byte[32];
        key[0] = 1;
        var placement = new CorePlacement(key, PrefixNetgrouper.Instance);
        var endPoint = NetworkEndPoint.Parse(text);

        Assert.Equal(@new, placement.New(endPoint, NetworkAddress.Parse(source)));
        Assert.Equal(newPosition, placement.Position(endPoint, tried: false, @new));
        Assert.Equal(tried, placement.Tried(endPoint));
        Assert.Equal(triedPosition, placement.Position(endPoint, tried: true, tried));
    }

    private static byte[] HashedOne() => SHA256.HashData(SHA256.HashData([1, 0, 0, 0]));

    private static string Bytes(Netgroup group)
    {
        var bytes = new byte[Netgroup.MaxLength];
        return Convert.ToHexStringLower(bytes.AsSpan(0, group.WriteBytes(bytes)));
    }
}
