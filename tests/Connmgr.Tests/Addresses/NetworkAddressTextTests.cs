namespace Connmgr.Tests.Addresses;

public class NetworkAddressTextTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string OnionKey = "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f";
    private const string I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";
    private const string I2PHash = "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87";

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4", AddressNetwork.IPv4)]
    [InlineData("0.0.0.0", "0.0.0.0", AddressNetwork.IPv4)]
    [InlineData("255.255.255.255", "255.255.255.255", AddressNetwork.IPv4)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", AddressNetwork.IPv4)]
    [InlineData("::FFFF:7f00:1", "127.0.0.1", AddressNetwork.IPv4)]
    [InlineData("::", "::", AddressNetwork.IPv6)]
    [InlineData("::1", "::1", AddressNetwork.IPv6)]
    [InlineData("1::", "1::", AddressNetwork.IPv6)]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1", AddressNetwork.IPv6)]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", AddressNetwork.IPv6)]
    [InlineData("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1", AddressNetwork.IPv6)]
    [InlineData("2001:0DB8:0000:0000:0000:ff00:0042:8329", "2001:db8::ff00:42:8329", AddressNetwork.IPv6)]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", AddressNetwork.IPv6)]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", AddressNetwork.IPv6)]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304", AddressNetwork.IPv6)]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", AddressNetwork.IPv6)]
    [InlineData("::1.2.3.4", "::102:304", AddressNetwork.IPv6)]
    [InlineData("fc00:3344::1", "fc00:3344::1", AddressNetwork.IPv6)]
    [InlineData("fd6c:88c0:8724:1:2:3:4:5", "fd6c:88c0:8724:1:2:3:4:5", AddressNetwork.IPv6)]
    [InlineData(Onion, Onion, AddressNetwork.TorV3)]
    [InlineData(I2P, I2P, AddressNetwork.I2P)]
    [InlineData(
        "UDHDrtrcetjm5sxzskjyr5ztpeszydbh4dpl3pl4utgqqw2v4jna.b32.I2P",
        "udhdrtrcetjm5sxzskjyr5ztpeszydbh4dpl3pl4utgqqw2v4jna.b32.i2p",
        AddressNetwork.I2P)]
    public void Parse_Address_PrintsInOneForm(string text, string printed, AddressNetwork network)
    {
        var address = NetworkAddress.Parse(text);

        Assert.Equal(printed, address.ToString());
        Assert.Equal(network, address.Network);
        Assert.Equal(printed, $"{address}");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.0004")]
    [InlineData("127.1")]
    [InlineData("0127.0.0.1")]
    [InlineData("010.0.0.1")]
    [InlineData("1.2.3.04")]
    [InlineData("1.2.3.00")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("1.2.3.-4")]
    [InlineData("\u0661.2.3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("::1::")]
    [InlineData(":1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("1::2:3:4:5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("::g")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fd6b:88c0:8724:1:2:3:4:5")]
    [InlineData("fd87:d87e:eb43::1")]
    [InlineData("example.org")]
    [InlineData(".onion")]
    [InlineData("6hzph5hv6337r6p2.onion")]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscsad.onion")] // Checksum.
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscrye.onion")] // Version.
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscry.onion")] // Length.
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscry1.onion")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkd.b32.i2p")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdqaaaa.b32.i2p")] // 56 characters.
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq====.b32.i2p")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdr.b32.i2p")] // Spare bits.
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.i2p")]
    [InlineData("ciggccpacruqtgmt.internal")]
    public void Parse_NoAddress_FormatExceptionThatQuotesIt(string text)
    {
        Assert.False(NetworkAddress.TryParse(text, out var address));
        Assert.Equal(default, address);
        var exception = Assert.Throws<FormatException>(() => NetworkAddress.Parse(text));
        Assert.Contains($"'{text}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LongText_QuotesItsBeginningOnly()
    {
        var exception = Assert.Throws<FormatException>(() => NetworkAddress.Parse(new string('a', 100_000)));

        Assert.InRange(exception.Message.Length, 100, 400);
    }

    [Fact]
    public void Parse_Onion_GivesPublicKey()
    {
        var bytes = new byte[32];

        Assert.Equal(32, NetworkAddress.Parse(Onion.ToUpperInvariant()).WriteBip155(bytes));

        Assert.Equal(OnionKey, Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Parse_I2P_GivesHash()
    {
        var bytes = new byte[32];

        Assert.Equal(32, NetworkAddress.Parse(I2P).WriteBip155(bytes));

        Assert.Equal(I2PHash, Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void ToCjdns_IPv6OfCjdnsRange_IsCjdnsAndPrintsAlike()
    {
        var ipv6 = NetworkAddress.Parse("fc00:1:2:3:4:5:6:7");

        var cjdns = ipv6.ToCjdns();

        Assert.Equal(AddressNetwork.Cjdns, cjdns.Network);
        Assert.NotEqual(ipv6, cjdns);
        Assert.Equal("fc00:1:2:3:4:5:6:7", cjdns.ToString());
    }

    [Theory]
    [InlineData("fd00::1")]
    [InlineData("2001:db9::1")]
    [InlineData("1.2.3.4")]
    [InlineData(Onion)]
    public void ToCjdns_Other_Unchanged(string text)
    {
        var address = NetworkAddress.Parse(text);

        Assert.Equal(address, address.ToCjdns());
    }

    [Fact]
    public void FromName_PrintsAsInternal() => Assert.Equal("ckjjiahliyd4jlah.internal", NetworkAddress.FromName("baz.net").ToString());

    [Fact]
    public void TryFormat_TooLittleRoom_False()
    {
        Assert.False(NetworkAddress.Parse("1.2.3.4").TryFormat(new char[6], out var written, default, null));
        Assert.Equal(0, written);
    }

    [Fact]
    public void Default_IsTheUnspecifiedIPv6Address()
    {
        Assert.Equal("::", default(NetworkAddress).ToString());
        Assert.Equal(NetworkAddress.Parse("::"), default);
        Assert.Equal(AddressNetwork.IPv6, default(NetworkAddress).Network);
    }
}
