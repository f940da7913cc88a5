using System.Net;
using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class HostAndPortTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:8333")]
    [InlineData("127.0.0.1:18444", "127.0.0.1:18444")]
    [InlineData("[::1]", "[::1]:8333")]
    [InlineData("[2001:DB8::1]:1", "[2001:db8::1]:1")]
    [InlineData("[::ffff:1.2.3.4]:5", "1.2.3.4:5")]
    [InlineData("localhost", "localhost:8333")]
    [InlineData("Seed.Example.org.:65535", "seed.example.org.:65535")]
    [InlineData("localhost.", "localhost.:8333")]
    [InlineData("PG6MMJIYJMCRSSLVYKFWNNTLARU7P5SVN6Y2YMMJU6NUBXNDF4PSCRYD.ONION", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333")]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion.:1", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:1")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p.:0", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:7", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:7")]
    [InlineData("peer.i2p", "peer.i2p:0")]
    [InlineData("3com.example:1", "3com.example:1")]
    public void Parse_Valid_GivesEndPoint(string text, string expected)
    {
        var host = HostAndPort.ParseAny(text, out var error);
        Assert.Null(error);
        Assert.Equal(expected, AddressText.Format(host!.ToEndPoint(8333)));
    }

    [Theory]
    [InlineData("", "HOST")]
    [InlineData(":8333", "HOST")]
    [InlineData("::1", "[::1]")]
    [InlineData("[::1", "[::1]:8333")]
    [InlineData("[::1]8333", "[::1]:8333")]
    [InlineData("[127.0.0.1]", "[::1]")]
    [InlineData("[[::1]]", "[::1]")]
    [InlineData("127.0.0.1:", "65535")]
    [InlineData("127.0.0.1:65536", "65535")]
    [InlineData("127.0.0.1:-1", "65535")]
    [InlineData("127.0.0.1:+1", "65535")]
    [InlineData("127.0.0.1: 1", "65535")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("1.2.3.256", "127.0.0.1")]
    [InlineData("1.2.3.04", "127.0.0.1")]
    [InlineData("2130706433", "127.0.0.1")]
    [InlineData("a b", "hyphens")]
    [InlineData("-a.example", "hyphens")]
    [InlineData("a..b", "hyphens")]
    [InlineData("bücher.example", "xn--")]
    [InlineData("http://a.example", "65535")]
    [InlineData("expyuzz4wqqyqhjn.onion", "version 3")]
    [InlineData("expyuzz4wqqyqhjn.onion.:8333", "version 3")]
    [InlineData("qg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", "copied completely")]
    [InlineData("www.pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", "version 3")]
    public void Parse_Invalid_SaysWhatToWrite(string text, string remedy)
    {
        Assert.Null(HostAndPort.ParseAny(text, out var error));
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    /// <summary>Expects that an error does not suggest what is also refused.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("")]
    public void ParseRemote_PortThatCannotBeDialled_OffersTheSamePorts(string port)
    {
        Assert.Null(HostAndPort.ParseRemote($"127.0.0.1:{port}", out var error));
        Assert.Equal($"its port is '{port}': use a number from 1 to 65535, or leave it out for the network's default", error);
    }

    [Fact]
    public void ParseLocal_Port_MayBe0()
    {
        Assert.Equal(0, HostAndPort.ParseLocal("127.0.0.1:0", out _)!.Port);
        Assert.Null(HostAndPort.ParseLocal("127.0.0.1:65536", out var error));
        Assert.Equal("its port is '65536': use a number from 0 to 65535, where 0 lets the system choose", error);
    }

    [Theory]
    [InlineData("8333")]
    [InlineData("99999")]
    public void ParseHost_AnyPort_IsToBeLeftOut(string port)
    {
        Assert.NotNull(HostAndPort.ParseHost("seed.example", out _));
        Assert.Null(HostAndPort.ParseHost($"seed.example:{port}", out var error));
        Assert.Equal($"it has a port: leave out :{port}", error);
    }

    [Theory]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", true)]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", true)]
    [InlineData("192.0.2.1:0", false)]
    [InlineData("[2001:db8::1]:0", false)]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:0", false)]
    [InlineData("a.example:0", false)]
    [InlineData("a.example.:0", false)]
    public void ParseRemote_Port0_IsOfI2PAlone(string text, bool isRight)
    {
        Assert.Equal(isRight, HostAndPort.ParseRemote(text, out var error) is not null);
        Assert.Equal(isRight, error is null);
    }

    [Fact]
    public void ToEndPoint_OfI2P_IsTheEndPointOfTheBook()
    {
        foreach (var text in (string[])["ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0"])
            Assert.Equal(NetworkEndPoint.Parse("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0").ToEndPoint(), HostAndPort.ParseRemote(text, out _)!.ToEndPoint(8333));
    }

    [Fact]
    public void Parse_OfWhatItPrints_GivesTheSame()
    {
        var address = Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new IPAddress(bytes))
            .Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
            .Select(address => address.GetAddressBytes().Length == 16 ? $"[{address}]" : address.ToString());
        var name = Gen.Select(Gen.Char.AlphaNumeric.Array[1, 20], Gen.OneOf(Gen.Const(".example"), Gen.Const(".example.")), (letters, end) => new string(letters) + end);
        var port = Gen.Int[0, 65535].Select(number => $":{number}");
        Gen.Select(Gen.OneOf(address, name), Gen.OneOf(port, Gen.Const(string.Empty)), (host, end) => host + end).Sample(text =>
        {
            var host = HostAndPort.ParseAny(text, out var error);
            return error is null && host is not null && HostAndPort.ParseAny(host.ToString(), out _) == host
                && string.Equals(host.ToString(), text, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public void Parse_AnyText_GivesValueOrError() =>
        Gen.OneOf(Gen.String, Gen.Char["[]:.1a-%"].Array[0, 12].Select(letters => new string(letters)))
            .Sample(text => HostAndPort.ParseAny(text, out var error) is null == (error is not null));
}
