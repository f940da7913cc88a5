using System.Net;
using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:8333")]
    [InlineData("127.0.0.1:18444", "127.0.0.1:18444")]
    [InlineData("[::1]", "[::1]:8333")]
    [InlineData("[2001:DB8::1]:1", "[2001:db8::1]:1")]
    [InlineData("[::ffff:1.2.3.4]:5", "1.2.3.4:5")]
    [InlineData("localhost", "localhost:8333")]
    [InlineData("Seed.Example.org.:65535", "seed.example.org:65535")]
    [InlineData("3com.example:1", "3com.example:1")]
    public void Parse_Valid_GivesEndPoint(string text, string expected)
    {
        var host = HostPort.ParseAny(text, out var error);
        Assert.Null(error);
        Assert.Equal(expected, AddressText.Of(host!.ToEndPoint(8333)));
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
    public void Parse_Invalid_SaysWhatToWrite(string text, string remedy)
    {
        Assert.Null(HostPort.ParseAny(text, out var error));
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    /// <summary>What is refused for one port is not offered for another.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("")]
    public void ParseRemote_PortThatCannotBeDialled_OffersTheSamePorts(string port)
    {
        Assert.Null(HostPort.ParseRemote($"127.0.0.1:{port}", out var error));
        Assert.Equal($"its port is '{port}': use a number from 1 to 65535, or leave it out for the default of the network", error);
    }

    [Fact]
    public void ParseLocal_Port_MayBe0()
    {
        Assert.Equal(0, HostPort.ParseLocal("127.0.0.1:0", out _)!.Port);
        Assert.Null(HostPort.ParseLocal("127.0.0.1:65536", out var error));
        Assert.Equal("its port is '65536': use a number from 0 to 65535, where 0 stands for one that the system chooses", error);
    }

    [Theory]
    [InlineData("8333")]
    [InlineData("99999")]
    public void ParseHost_AnyPort_IsToBeLeftOut(string port)
    {
        Assert.NotNull(HostPort.ParseHost("seed.example", out _));
        Assert.Null(HostPort.ParseHost($"seed.example:{port}", out var error));
        Assert.Equal($"it has a port: leave out :{port}", error);
    }

    [Fact]
    public void Parse_OfWhatItPrints_GivesTheSame()
    {
        var address = Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new IPAddress(bytes))
            .Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
            .Select(address => address.GetAddressBytes().Length == 16 ? $"[{address}]" : address.ToString());
        var name = Gen.Char.AlphaNumeric.Array[1, 20].Select(letters => new string(letters) + ".example");
        var port = Gen.Int[0, 65535].Select(number => $":{number}");
        Gen.Select(Gen.OneOf(address, name), Gen.OneOf(port, Gen.Const(string.Empty)), (host, end) => host + end).Sample(text =>
        {
            var host = HostPort.ParseAny(text, out var error);
            return error is null && host is not null && HostPort.ParseAny(host.ToString(), out _) == host
                && string.Equals(host.ToString(), text, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public void Parse_AnyText_GivesValueOrError() =>
        Gen.OneOf(Gen.String, Gen.Char["[]:.1a-%"].Array[0, 12].Select(letters => new string(letters)))
            .Sample(text => HostPort.ParseAny(text, out var error) is null == (error is not null));
}
