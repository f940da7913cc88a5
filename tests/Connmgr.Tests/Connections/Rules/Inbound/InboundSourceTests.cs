using System.Net;
using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class InboundSourceTests
{
    [Fact]
    public void Of_AnyHost_GivesTheHostAndItsPrefix() =>
        Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.Bool, Gen.Int[0, 32], Gen.Int[0, 128]).Sample((ipv4, ipv6, isIPv4, ipv4Length, ipv6Length) =>
        {
            var address = SourcePrefix.FromAddress(new IPAddress(isIPv4 ? ipv4 : ipv6));
            var source = InboundSource.FromAddress(address, new InboundLimits { IPv4PrefixLength = ipv4Length, IPv6PrefixLength = ipv6Length });
            Assert.Equal(address.Shortened(32, address.HostLength), source.Host);
            Assert.Equal(address.Shortened(ipv4Length, ipv6Length), source.Prefix);
        });

    /// <summary>Guards against a regression: the limit of a host counted each IPv6 address by itself, of which a host has 2^64; its rate, its score and its ban were those of the /64.</summary>
    [Fact]
    public void Host_OfTwoAddresses_IsOneExactlyWhenItIsForScoresAndBans() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 127], Gen.Int[0, 3]).Sample((bytes, flipped, kind) =>
        {
            bytes[0] = kind switch { 0 => 0x20, 1 => 0xfc, 2 => 0xfd, _ => bytes[0] };
            if (kind == 3)
                new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }.CopyTo(bytes, 0);
            var other = bytes.ToArray();
            other[flipped / 8] ^= (byte)(1 << (flipped % 8));
            var (one, two) = (Plain(bytes), Plain(other));
            Assert.Equal(
                NetworkSubnet.FromHost(NetworkAddress.FromIPAddress(one)) == NetworkSubnet.FromHost(NetworkAddress.FromIPAddress(two)),
                GetHost(one) == GetHost(two));

            static IPAddress Plain(byte[] bytes) => new IPAddress(bytes) is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : new IPAddress(bytes);

            static SourcePrefix GetHost(IPAddress address) => InboundSource.FromAddress(SourcePrefix.FromAddress(address), new InboundLimits()).Host;
        });

    [Fact]
    public void Of_AListener_IsTheListenerAsBoth()
    {
        var source = InboundSource.FromListener(new ListenerInfo(3, new ListenerProfile { IsOnion = true }));
        Assert.Equal(SourcePrefix.OfListener(3), source.Host);
        Assert.Equal(SourcePrefix.OfListener(3), source.Prefix);
    }
}
