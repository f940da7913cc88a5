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
        var host = HostPort.Parse(text, out var error);
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
        Assert.Null(HostPort.Parse(text, out var error));
        Assert.Contains(remedy, error, StringComparison.Ordinal);
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
            var host = HostPort.Parse(text, out var error);
            return error is null && host is not null && HostPort.Parse(host.ToString(), out _) == host
                && string.Equals(host.ToString(), text, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public void Parse_AnyText_GivesValueOrError() =>
        Gen.OneOf(Gen.String, Gen.Char["[]:.1a-%"].Array[0, 12].Select(letters => new string(letters)))
            .Sample(text => HostPort.Parse(text, out var error) is null == (error is not null));
}
