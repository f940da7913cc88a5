namespace Connmgr.Tests.Addresses;

public class NetworkSubnetTests
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";

    /// <summary>T46, and what follows from it.</summary>
    [Theory]
    [InlineData("1.2.3.0/24", "1.2.3.0/24")]
    [InlineData("1.2.3.0/255.255.255.0", "1.2.3.0/24")]
    [InlineData("1.2.3.4", "1.2.3.4/32")]
    [InlineData("1.2.3.4/32", "1.2.3.4/32")]
    [InlineData("1.2.3.4/255.255.255.255", "1.2.3.4/32")]
    [InlineData("1.2.3.4/255.255.255.254", "1.2.3.4/31")]
    [InlineData("1.2.3.4/255.255.248.0", "1.2.0.0/21")]
    [InlineData("1.2.3.4/255.254.0.0", "1.2.0.0/15")]
    [InlineData("1.2.3.4/128.0.0.0", "0.0.0.0/1")]
    [InlineData("1.2.3.4/0.0.0.0", "0.0.0.0/0")]
    [InlineData("1.2.3.4/0", "0.0.0.0/0")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128")]
    [InlineData("1:2:3:4:5:6:7:8/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1:2:3:4:5:6:7:8/128")]
    [InlineData("1:2:3:4:5:6:7:8/ffff:ffff:ffff:fffe:0000:0000:0000:0000", "1:2:3:4::/63")]
    [InlineData("1:2:3:4:5:6:7:8/ffff:ffff:ffff:ffff:ffff:ffff:ffff:0", "1:2:3:4:5:6:7:0/112")]
    [InlineData("1:2:3:4:5:6:7:8/0000::", "::/0")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("::/0", "::/0")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4/32")]
    [InlineData("::ffff:1.2.3.4/120", "1.2.3.0/24")]
    [InlineData("::ffff:1.2.3.4/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00", "1.2.3.0/24")]
    [InlineData("::ffff:0:0/96", "0.0.0.0/0")]
    [InlineData("fc00::1", "fc00::1/128")]
    [InlineData(Onion, Onion)]
    [InlineData(I2P, I2P)]
    public void Parse_OneThatIsValid_PrintsAsBitcoinCoreDoes_T46(string text, string printed)
    {
        var subnet = NetworkSubnet.Parse(text);

        Assert.Equal(printed, subnet.ToString());
        Assert.Equal(subnet, NetworkSubnet.Parse(printed));
        Assert.Equal(subnet.GetHashCode(), NetworkSubnet.Parse(printed).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/24")]
    [InlineData("1.2.3.0/")]
    [InlineData("1.2.3.0/-1")]
    [InlineData("1.2.3.0/+24")]
    [InlineData("1.2.3.0/024")]
    [InlineData("1.2.3.0/33")]
    [InlineData("1.2.3.0/300")]
    [InlineData("1.2.3.0/24 ")]
    [InlineData("1.2.3.0/24/24")]
    [InlineData("1.2.3.0/0x18")]
    [InlineData("1.2.3/24")]
    [InlineData("1.2.3.0/255.255.232.0")]
    [InlineData("1.2.3.0/255.0.255.255")]
    [InlineData("1.2.3.0/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00")]
    [InlineData("1:2:3:4:5:6:7:8/129")]
    [InlineData("1:2:3:4:5:6:7:8/-1")]
    [InlineData("1:2:3:4:5:6:7:8/255.255.255.0")]
    [InlineData("1:2:3:4:5:6:7:8/ffff:ffff:ffff:fffe:ffff:ffff:ffff:ff0f")]
    [InlineData("::ffff:1.2.3.4/24")]
    [InlineData("::ffff:1.2.3.4/95")]
    [InlineData("::ffff:1.2.3.4/255.255.255.0")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("fuzzy")]
    [InlineData("1.2.3.0/24\0")]
    [InlineData("1.2.3.0\0/24")]
    [InlineData("\01.2.3.0/24")]
    [InlineData(Onion + "/200")]
    [InlineData(Onion + "/256")]
    [InlineData(Onion + "/0")]
    [InlineData(I2P + "/24")]
    [InlineData("fd6b:88c0:8724::1/64")]
    public void Parse_OneThatIsNot_SaysWhatToWrite_T46(string text)
    {
        Assert.False(NetworkSubnet.TryParse(text, out var subnet));
        Assert.Equal(default, subnet);
        Assert.Contains("write an address", Assert.Throws<FormatException>(() => NetworkSubnet.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.3.0/24", "1.2.3.4", true)]
    [InlineData("1.2.3.0/24", "1.2.2.4", false)]
    [InlineData("192.168.0.20/29", "192.168.0.18", true)]
    [InlineData("192.168.0.20/29", "192.168.0.15", false)]
    [InlineData("1.2.2.110/31", "1.2.2.111", true)]
    [InlineData("1.2.2.20/26", "1.2.2.63", true)]
    [InlineData("1.2.2.20/26", "1.2.2.64", false)]
    [InlineData("0.0.0.0/0", "1.2.3.4", true)]
    [InlineData("0.0.0.0/0", "1:2:3:4:5:6:7:1234", false)]
    [InlineData("::/0", "1:2:3:4:5:6:7:1234", true)]
    [InlineData("::/0", "::", false)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::/0", "::ffff:1.2.3.4", false)]
    [InlineData("1.2.3.0/24", "::ffff:1.2.3.4", true)]
    [InlineData("::1/128", "::1", true)]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:9", false)]
    [InlineData("1:2:3:4:5:6:7:0/112", "1:2:3:4:5:6:7:1234", true)]
    [InlineData("2001:db8::/32", "2001:db8::1", true)]
    [InlineData(Onion, Onion, true)]
    [InlineData(Onion, I2P, false)]
    [InlineData("::/0", Onion, false)]
    public void Contains_T46(string subnet, string address, bool contains) =>
        Assert.Equal(contains, NetworkSubnet.Parse(subnet).Contains(NetworkAddress.Parse(address)));

    [Fact]
    public void Contains_Cjdns_IsTheIPv6AddressThatTheSystemSees()
    {
        var cjdns = NetworkAddress.Parse("fc00::1").ToCjdns();

        Assert.Equal(new NetworkSubnet(NetworkAddress.Parse("fc00::1")), new NetworkSubnet(cjdns));
        Assert.True(new NetworkSubnet(cjdns).Contains(cjdns));
        Assert.True(NetworkSubnet.Parse("fc00::/16").Contains(cjdns));
        Assert.False(NetworkSubnet.TryCreate(cjdns, 16, out _));
    }

    [Fact]
    public void Default_ContainsNothing()
    {
        Assert.False(default(NetworkSubnet).Contains(default));
        Assert.False(default(NetworkSubnet).Contains(NetworkAddress.Parse("1:2:3::4")));
        Assert.NotEqual(default, NetworkSubnet.Parse("::/0"));
        Assert.Equal((-1, "none"), (default(NetworkSubnet).PrefixLength, default(NetworkSubnet).ToString()));
        Assert.False(NetworkSubnet.TryCreate(NetworkAddress.FromName("seed"), 128, out _));
        Assert.False(new NetworkSubnet(NetworkAddress.FromName("seed")).Contains(NetworkAddress.FromName("seed")));
    }

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4/32")]
    [InlineData("2001:470:1:2:3:4:5:6", "2001:470:1:2::/64")]
    [InlineData("fc00::1:2", "fc00::1:2/128")]
    [InlineData(Onion, Onion)]
    public void OfHost_IsWhatOneHostHas(string address, string subnet) =>
        Assert.Equal(subnet, NetworkSubnet.FromHost(NetworkAddress.Parse(address)).ToString());
}
