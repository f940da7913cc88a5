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
            var host = SourcePrefix.Of(new IPAddress(isIPv4 ? ipv4 : ipv6));
            var source = InboundSource.Of(host, new InboundLimits { IPv4PrefixLength = ipv4Length, IPv6PrefixLength = ipv6Length });
            Assert.Equal(host, source.Host);
            Assert.Equal(host.Shortened(ipv4Length, ipv6Length), source.Prefix);
        });

    [Fact]
    public void Of_AListener_IsTheListenerAsBoth()
    {
        var source = InboundSource.Of(new Door(3, new ListenerProfile { IsOnion = true }));
        Assert.Equal(SourcePrefix.OfListener(3), source.Host);
        Assert.Equal(SourcePrefix.OfListener(3), source.Prefix);
    }
}
