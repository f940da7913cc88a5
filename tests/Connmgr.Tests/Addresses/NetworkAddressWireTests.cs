using System.Net;

namespace Connmgr.Tests.Addresses;

public class NetworkAddressWireTests
{
    [Theory]
    [InlineData(1, "01020304", "1.2.3.4")]
    [InlineData(2, "20010db9000000000000000000000001", "2001:db9::1")]
    [InlineData(
        4,
        "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f",
        "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    [InlineData(
        5,
        "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87",
        "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p")]
    [InlineData(6, "fc000001000200030004000500060007", "fc00:1:2:3:4:5:6:7")]
    [InlineData(2, "fd6b88c0872412929400eb4607c4ac07", "ckjjiahliyd4jlah.internal")]
    public void ReadBip155_KnownNetwork_DecodesAndWritesTheSame(byte id, string hex, string printed)
    {
        var bytes = Convert.FromHexString(hex);

        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155(id, bytes, out var address));

        Assert.Equal(printed, address.ToString());
        Assert.Equal(id, address.Bip155Id);
        Assert.Equal(bytes.Length, address.Bip155Length);
        var written = new byte[NetworkAddress.MaxLength];
        Assert.Equal(bytes, written[..address.WriteBip155(written)]);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 10)] // Tor v2.
    [InlineData(3, 11)]
    [InlineData(7, 16)]
    [InlineData(0xaa, 0)]
    [InlineData(0xff, 512)]
    public void ReadBip155_UnknownNetwork_Ignored(byte id, int length)
    {
        Assert.Equal(Bip155DecodeStatus.Ignored, NetworkAddress.ReadBip155(id, new byte[length], out var address));
        Assert.False(address.IsValid);
    }

    [Theory]
    [InlineData("00000000000000000000ffff01020304")]
    [InlineData("fd87d87eeb4300010203040506070809")]
    public void ReadBip155_OtherNetworkInIPv6_Ignored(string hex)
    {
        Assert.Equal(Bip155DecodeStatus.Ignored, NetworkAddress.ReadBip155(2, Convert.FromHexString(hex), out var address));
        Assert.False(address.IsValid);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 5)]
    [InlineData(2, 4)]
    [InlineData(2, 17)]
    [InlineData(4, 31)]
    [InlineData(4, 35)]
    [InlineData(5, 33)]
    [InlineData(6, 15)]
    [InlineData(7, 513)]
    public void ReadBip155_WrongLength_Malformed(byte id, int length)
    {
        Assert.Equal(Bip155DecodeStatus.Malformed, NetworkAddress.ReadBip155(id, new byte[length], out var address));
        Assert.False(address.IsValid);
    }

    [Theory]
    [InlineData("00000000000000000000ffff01020304", "1.2.3.4", AddressNetwork.IPv4)]
    [InlineData("20010db9000000000000000000000001", "2001:db9::1", AddressNetwork.IPv6)]
    [InlineData("fd6b88c0872412929400eb4607c4ac07", "ckjjiahliyd4jlah.internal", AddressNetwork.Internal)]
    public void FromV1_Address_WritesTheSame(string hex, string printed, AddressNetwork network)
    {
        var address = NetworkAddress.FromV1(Convert.FromHexString(hex));

        Assert.Equal(printed, address.ToString());
        Assert.Equal(network, address.Network);
        var written = new byte[16];
        Assert.True(address.TryWriteV1(written));
        Assert.Equal(hex, Convert.ToHexStringLower(written));
    }

    [Fact]
    public void FromV1_OnionCat_NotValid() =>
        Assert.Equal(default, NetworkAddress.FromV1(Convert.FromHexString("fd87d87eeb4300010203040506070809")));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(17)]
    public void FromV1_WrongLength_ArgumentException(int length) =>
        Assert.Throws<ArgumentException>(() => NetworkAddress.FromV1(new byte[length]));

    [Theory]
    [InlineData(AddressNetwork.TorV3, 32)]
    [InlineData(AddressNetwork.I2P, 32)]
    [InlineData(AddressNetwork.Cjdns, 16)]
    public void TryWriteV1_NetworkItCannotHold_FalseAndZeros(AddressNetwork network, int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xfc);
        var written = new byte[16];
        written.AsSpan().Fill(1);

        Assert.False(AddressGen.Of(network, bytes).TryWriteV1(written));

        Assert.Equal(new byte[16], written);
    }

    [Fact]
    public void WriteBip155_TooLittleRoom_ArgumentException() =>
        Assert.Throws<ArgumentException>(() => NetworkAddress.Parse("1.2.3.4").WriteBip155(new byte[3]));

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("2001:db9::1", "2001:db9::1")]
    [InlineData("fe80::1%3", "fe80::1")]
    public void FromIPAddress_IPAddress_ThereAndBack(string text, string back)
    {
        var address = NetworkAddress.FromIPAddress(IPAddress.Parse(text));

        Assert.Equal(NetworkAddress.Parse(back), address);
        Assert.Equal(IPAddress.Parse(back), address.ToIPAddress());
    }

    [Fact]
    public void ToIPAddress_Cjdns_IsItsIPv6Address() =>
        Assert.Equal(IPAddress.Parse("fc00::1"), NetworkAddress.Parse("fc00::1").ToCjdns().ToIPAddress());

    [Theory]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p")]
    public void ToIPAddress_NetworkOfNames_Null(string text) => Assert.Null(NetworkAddress.Parse(text).ToIPAddress());
}
