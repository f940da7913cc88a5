namespace Connmgr.Tests.Addresses;

public class NetworkAddressRangeTests
{
    [Theory]
    [InlineData("::")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("2001:db8::")]
    [InlineData("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void IsValid_NobodysAddress_False(string text)
    {
        Assert.False(NetworkAddress.Parse(text).IsValid);
        Assert.False(NetworkAddress.Parse(text).IsRoutable);
    }

    // The first and the last of each range.
    [Theory]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("169.254.0.0", "169.254.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("127.0.0.0", "127.255.255.255")]
    [InlineData("0.0.0.1", "0.255.255.255")]
    [InlineData("fe80::", "fe80::ffff:ffff:ffff:ffff")]
    [InlineData("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::1", "::1")]
    public void IsRoutable_PrivateRange_FalseThoughValid(string first, string last)
    {
        Assert.False(NetworkAddress.Parse(first).IsRoutable);
        Assert.False(NetworkAddress.Parse(last).IsRoutable);
        Assert.True(NetworkAddress.Parse(first).IsValid);
        Assert.True(NetworkAddress.Parse(last).IsValid);
    }

    // What lies next to those ranges.
    [Theory]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("192.0.1.255")]
    [InlineData("192.0.3.0")]
    [InlineData("198.51.99.255")]
    [InlineData("198.51.101.0")]
    [InlineData("203.0.112.255")]
    [InlineData("203.0.114.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("1.0.0.0")]
    [InlineData("255.255.255.254")]
    [InlineData("fe80:0:0:1::")]
    [InlineData("fe7f:ffff:ffff:ffff::")]
    [InlineData("fbff::")]
    [InlineData("fe00::")]
    [InlineData("2001:f::")]
    [InlineData("2001:30::")]
    [InlineData("2001:db7:ffff::")]
    [InlineData("2001:db9::1")]
    [InlineData("::2")]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p")]
    public void IsRoutable_Public_True(string text) => Assert.True(NetworkAddress.Parse(text).IsRoutable);

    [Fact]
    public void IsRoutable_CjdnsWhenAskedFor_True() => Assert.True(NetworkAddress.Parse("fc00:3344::").ToCjdns().IsRoutable);

    [Fact]
    public void IsValid_CjdnsOutsideItsRange_False()
    {
        var bytes = new byte[16];
        bytes[0] = 0xfd;

        Assert.False(AddressGen.Of(AddressNetwork.Cjdns, bytes).IsValid);
    }

    [Fact]
    public void IsValid_Internal_False() => Assert.False(NetworkAddress.FromName("seed.example").IsValid);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.255.255.255", true)]
    [InlineData("0.1.2.3", true)]
    [InlineData("::1", true)]
    [InlineData("::2", false)]
    [InlineData("128.0.0.1", false)]
    [InlineData("10.0.0.1", false)]
    public void IsLocal_Address_TellsLoopback(string text, bool local) => Assert.Equal(local, NetworkAddress.Parse(text).IsLocal);

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("::ffff:0:102:304", "1.2.3.4")]
    [InlineData("64:ff9b::102:304", "1.2.3.4")]
    [InlineData("2002:102:304:9999:9999:9999:9999:9999", "1.2.3.4")]
    [InlineData("2001:0:9999:9999:9999:9999:fefd:fcfb", "1.2.3.4")]
    [InlineData("2002:a00:1::", "10.0.0.1")]
    public void TryGetLinkedIPv4_Linked_GivesIt(string text, string ipv4)
    {
        Assert.True(NetworkAddress.Parse(text).TryGetLinkedIPv4(out NetworkAddress linked));
        Assert.Equal(NetworkAddress.Parse(ipv4), linked);
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("2001:db9::1")]
    [InlineData("::102:304")]
    [InlineData("64:ff9b:0:0:0:1:102:304")]
    [InlineData("64:ff9b:1::102:304")]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    public void TryGetLinkedIPv4_Other_False(string text)
    {
        Assert.False(NetworkAddress.Parse(text).TryGetLinkedIPv4(out NetworkAddress linked));
        Assert.Equal(default, linked);
    }
}
