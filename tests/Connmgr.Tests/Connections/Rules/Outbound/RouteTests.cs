using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class RouteTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Failed_TheTwentyFifthInARow_BeginsProbing()
    {
        var route = new Route("ipv4", isProxied: false);
        for (var i = 0; i < 24; i++)
            Assert.False(route.Failed(startedAt: Second, nextProbeAt: i * Second));
        Assert.Equal(TimeSpan.Zero, route.NextDialAt);
        Assert.True(route.Failed(startedAt: Second, nextProbeAt: 100 * Second));
        Assert.True(route.IsProbing);
        Assert.Equal(100 * Second, route.NextDialAt);
    }

    [Fact]
    public void Failed_WhileProbing_DoesNotPutTheNextProbeOff()
    {
        var route = Probing();
        Assert.False(route.Failed(startedAt: Second, nextProbeAt: 500 * Second));
        Assert.Equal(100 * Second, route.NextDialAt);
        route.Probed(105 * Second);
        Assert.Equal(105 * Second, route.NextDialAt);
    }

    [Fact]
    public void Answered_EndsProbingOnce()
    {
        var route = Probing();
        Assert.True(route.Answered(Second));
        Assert.False(route.Answered(Second));
        Assert.False(route.IsProbing);
        for (var i = 0; i < 24; i++)
            Assert.False(route.Failed(startedAt: Second, nextProbeAt: Second));
        Assert.True(route.Failed(startedAt: Second, nextProbeAt: Second));
    }

    [Fact]
    public void Failed_AttemptsBegunBeforeTheLastAnswer_ProveNothing()
    {
        var route = new Route("ipv4", isProxied: false);
        route.Answered(2 * Second);
        for (var i = 0; i < 100; i++)
            Assert.False(route.Failed(startedAt: Second, nextProbeAt: 100 * Second));
        for (var i = 0; i < 24; i++)
            Assert.False(route.Failed(startedAt: 2 * Second, nextProbeAt: 100 * Second));
        Assert.True(route.Failed(startedAt: 2 * Second, nextProbeAt: 100 * Second));
    }

    [Theory]
    [InlineData("1.2.3.4", "ipv4")]
    [InlineData("::ffff:1.2.3.4", "ipv4")]
    [InlineData("2a01::1", "ipv6")]
    public void NameOf_AnAddress_IsItsNetwork(string address, string name) =>
        Assert.Equal(name, Route.GetName(new IPEndPoint(IPAddress.Parse(address), 8333), proxy: null));

    [Fact]
    public void NameOf_OtherEndPoints()
    {
        Assert.Equal("name", Route.GetName(new DnsEndPoint("seed.example", 8333), proxy: null));
        Assert.Equal("other", Route.GetName(new UnixDomainSocketEndPoint("/tmp/x"), proxy: null));
        Assert.Equal("tor", Route.GetName(new DnsEndPoint("seed.example", 8333), "tor"));
    }

    private static Route Probing()
    {
        var route = new Route("ipv4", isProxied: false);
        while (!route.Failed(startedAt: Second, nextProbeAt: 100 * Second))
        {
        }

        return route;
    }
}
