using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class RouteTableTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void NetworksAt_AnOutage_LeavesItsNetworksOutUntilItIsToBeProbed()
    {
        var routes = new RouteTable(static _ => null);
        Assert.Equal(AddressNetworks.All, routes.NetworksAt(Second));
        Out(routes.Get(new IPEndPoint(IPAddress.IPv6Loopback, 8333)), AddressNetworks.IPv6, until: 10 * Second);
        Assert.Equal(AddressNetworks.All & ~AddressNetworks.IPv6, routes.NetworksAt(Second));
        Assert.Equal(AddressNetworks.All, routes.NetworksAt(10 * Second));
    }

    [Fact]
    public void NetworksAt_ANetworkHasAnotherWayOut_IsOpen()
    {
        string? proxy = null;
        var routes = new RouteTable(_ => proxy);
        Out(routes.Get(new IPEndPoint(IPAddress.Loopback, 8333)), AddressNetworks.IPv4, until: 10 * Second);
        proxy = "socks";
        var proxied = routes.Get(new IPEndPoint(IPAddress.Loopback, 8333));
        proxied.TakenTo(AddressNetworks.IPv4);
        proxied.TakenTo(AddressNetworks.TorV3);
        Assert.Equal(AddressNetworks.All, routes.NetworksAt(Second));
        Out(proxied, AddressNetworks.TorV3, until: 10 * Second);
        Assert.Equal(AddressNetworks.All & ~(AddressNetworks.IPv4 | AddressNetworks.TorV3), routes.NetworksAt(Second));
    }

    private static void Out(Route route, AddressNetworks network, TimeSpan until)
    {
        route.TakenTo(network);
        while (!route.IsProbing)
            route.Failed(startedAt: Second, until);
    }
}
