using System.Net;
using CsCheck;

namespace Connmgr.Tests.Addresses;

public class NetworkEndPointTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";

    private static readonly Gen<NetworkEndPoint> Any =
        Gen.Select(AddressGen.Any, Gen.UShort, (address, port) => new NetworkEndPoint(address, port));

    [Theory]
    [InlineData("www.example.org", "www.example.org", -1, true)]
    [InlineData("[www.example.org]", "www.example.org", -1, true)]
    [InlineData("www.example.org:80", "www.example.org", 80, true)]
    [InlineData("[www.example.org]:80", "www.example.org", 80, true)]
    [InlineData("127.0.0.1", "127.0.0.1", -1, true)]
    [InlineData("127.0.0.1:8333", "127.0.0.1", 8333, true)]
    [InlineData("[127.0.0.1]:8333", "127.0.0.1", 8333, true)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", -1, true)]
    [InlineData("[::ffff:127.0.0.1]:8333", "::ffff:127.0.0.1", 8333, true)]
    [InlineData("[::]:8333", "::", 8333, true)]
    [InlineData("::8333", "::8333", -1, true)]
    [InlineData(":8333", "", 8333, true)]
    [InlineData("[]:8333", "", 8333, true)]
    [InlineData("", "", -1, true)]
    [InlineData(":65535", "", 65535, true)]
    [InlineData(":65536", ":65536", -1, false)]
    [InlineData(":-1", ":-1", -1, false)]
    [InlineData(":+1", ":+1", -1, false)]
    [InlineData(": 1", ": 1", -1, false)]
    [InlineData(":1/2", ":1/2", -1, false)]
    [InlineData(":1E2", ":1E2", -1, false)]
    [InlineData("127.0.0.1:", "127.0.0.1:", -1, false)]
    [InlineData("www.example.org:", "www.example.org:", -1, false)]
    [InlineData("www.example.org:65536", "www.example.org:65536", -1, false)]
    [InlineData("www.example.org:0", "www.example.org", 0, false)]
    [InlineData("[", "[", -1, true)]
    public void TrySplit_Text_SplitsAsCore(string text, string host, int port, bool valid)
    {
        Assert.Equal(valid, HostPort.TrySplit(text, out var actualHost, out var actualPort));
        Assert.Equal(host, actualHost);
        Assert.Equal(port, actualPort ?? -1);
    }

    [Theory]
    [InlineData("1.2.3.4:8333", "1.2.3.4:8333")]
    [InlineData("1.2.3.4", "1.2.3.4:65535")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1:65535")]
    [InlineData("[2001:db9::1]:48333", "[2001:db9::1]:48333")]
    [InlineData("2001:db9::1", "[2001:db9::1]:65535")]
    [InlineData(Onion, Onion + ":65535")]
    [InlineData(Onion + ":8333", Onion + ":8333")]
    [InlineData(I2P, I2P + ":0")]
    [InlineData(I2P + ":0", I2P + ":0")]
    public void TryParse_EndPoint_PrintsInOneForm(string text, string printed)
    {
        Assert.True(NetworkEndPoint.TryParse(text, 65535, out var endPoint));
        Assert.Equal(printed, endPoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":::")]
    [InlineData(":8333")]
    [InlineData("1.2.3.4:0")]
    [InlineData("1.2.3.4:")]
    [InlineData("1.2.3.4:x")]
    [InlineData("1.2.3.4:99999")]
    [InlineData("example.org:8333")]
    [InlineData("[fd6b:88c0:8724:1:2:3:4:5]:8333")]
    [InlineData("[::1]:8333]")]
    public void TryParse_NoEndPoint_False(string text)
    {
        Assert.False(NetworkEndPoint.TryParse(text, 65535, out var endPoint));
        Assert.Equal(default, endPoint);
    }

    [Theory]
    [InlineData("1.2.3.4")]
    [InlineData("2001:db9::1")]
    public void Parse_WithoutPort_FormatException(string text) => Assert.Throws<FormatException>(() => NetworkEndPoint.Parse(text));

    [Fact]
    public void Parse_OfPrinted_IsTheSame() => Any.Sample(endPoint =>
    {
        if (endPoint.Address.Network == AddressNetwork.Internal || (endPoint.Port == 0 && endPoint.Address.Network != AddressNetwork.I2P))
            return;
        var read = NetworkEndPoint.Parse(endPoint.ToString());
        if (endPoint.Address.Network == AddressNetwork.Cjdns)
            read = read with { Address = read.Address.ToCjdns() };
        Assert.Equal(endPoint, read);
        Assert.Equal(endPoint.GetHashCode(), read.GetHashCode());
    }, iter: 10_000);

    [Fact]
    public void Parse_AnyText_EndPointOrFormatException() =>
        Gen.OneOf(Gen.String[Gen.Char["0123456789abc:.[]"], 0, 40], Gen.String, Any.Select(e => e.ToString())).Sample(text =>
        {
            var parsed = NetworkEndPoint.TryParse(text, 0, out var endPoint);
            try
            {
                Assert.Equal(endPoint, NetworkEndPoint.Parse(text));
                Assert.True(parsed);
            }
            catch (FormatException)
            {
                Assert.False(parsed);
            }
        }, iter: 10_000);

    [Fact]
    public void ToEndPoint_IPNetworks_IPEndPoint()
    {
        Assert.Equal(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 8333), NetworkEndPoint.Parse("1.2.3.4:8333").ToEndPoint());
        Assert.Equal(new IPEndPoint(IPAddress.Parse("2001:db9::1"), 8333), NetworkEndPoint.Parse("[2001:db9::1]:8333").ToEndPoint());
        var cjdns = new NetworkEndPoint(NetworkAddress.Parse("fc00::1").ToCjdns(), 8333);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("fc00::1"), 8333), cjdns.ToEndPoint());
    }

    [Fact]
    public void ToEndPoint_NetworksOfNames_DnsEndPoint()
    {
        Assert.Equal(new DnsEndPoint(Onion, 8333), NetworkEndPoint.Parse(Onion + ":8333").ToEndPoint());
        Assert.Equal(new DnsEndPoint(I2P, 0), NetworkEndPoint.Parse(I2P + ":0").ToEndPoint());
    }

    [Fact]
    public void ToEndPoint_Internal_Null() => Assert.Null(new NetworkEndPoint(NetworkAddress.FromName("seed.example"), 0).ToEndPoint());

    [Fact]
    public void TryFromEndPoint_OfToEndPoint_IsTheSame() => Any.Sample(endPoint =>
    {
        if (endPoint.ToEndPoint() is not { } made)
            return;
        Assert.True(NetworkEndPoint.TryFromEndPoint(made, out var back));
        if (endPoint.Address.Network == AddressNetwork.Cjdns)
            back = back with { Address = back.Address.ToCjdns() };
        Assert.Equal(endPoint, back);
    }, iter: 10_000);

    [Theory]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p")]
    public void TryFromEndPoint_OverlayNameWithADotAtItsEnd_IsThatAddress(string name)
    {
        Assert.True(NetworkEndPoint.TryFromEndPoint(new DnsEndPoint(name + ".", 1), out var endPoint));
        Assert.Equal(NetworkAddress.Parse(name), endPoint.Address);
    }

    [Fact]
    public void TryFromEndPoint_HostName_False()
    {
        Assert.False(NetworkEndPoint.TryFromEndPoint(new DnsEndPoint("example.org", 8333), out _));
        Assert.False(NetworkEndPoint.TryFromEndPoint(null, out _));
    }

    [Theory]
    [InlineData("1.2.3.4:8333", "00000000000000000000ffff01020304208d")]
    [InlineData("[2001:470:abcd::1]:8333", "20010470abcd00000000000000000001208d")]
    [InlineData(Onion + ":8333", "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f208d")]
    [InlineData(I2P + ":0", "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a870000")]
    public void WriteKey_EndPoint_BytesOfCore(string text, string expected)
    {
        var key = new byte[NetworkEndPoint.MaxKeyLength];

        var length = NetworkEndPoint.Parse(text).WriteKey(key);

        Assert.Equal(expected, Convert.ToHexStringLower(key.AsSpan(0, length)));
    }
}
