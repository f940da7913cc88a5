using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr.Bitcoin.Tests.Network;

public sealed class SharedHostsTests
{
    [Fact]
    public void Contains_WhatWasNamedAndWhatAnInterfaceHas_AndNoOther()
    {
        var shared = new SharedHosts(new(), TimeProvider.System);
        shared.Add(new IPEndPoint(IPAddress.Parse("20.0.0.3"), 9050));
        shared.Add(new DnsEndPoint("tor.example", 9050));
        shared.Add(null);

        Assert.True(shared.Contains(NetworkAddress.Parse("20.0.0.3")));
        Assert.False(shared.Contains(NetworkAddress.Parse("20.0.0.4")));
        foreach (var own in NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses))
            Assert.True(shared.Contains(NetworkAddress.FromIPAddress(own.Address)), $"{own.Address}");
    }

    [Fact]
    public void Contains_AnExternalAddress_UnlessOnlyAGatewayNamedIt()
    {
        var external = new ExternalAddresses();
        var shared = new SharedHosts(external, TimeProvider.System);
        var own = NetworkEndPoint.Parse("20.0.0.5:8333");
        external.Add(own, ExternalAddressOrigin.PortMapping);
        Assert.False(shared.Contains(own.Address));
        external.Add(own, ExternalAddressOrigin.User);
        Assert.True(shared.Contains(own.Address));
    }

    [Fact]
    public void Add_MoreThanAreKept_KeepsTheFirst()
    {
        var shared = new SharedHosts(new(), TimeProvider.System);
        for (var i = 1; i <= 100; i++)
            shared.Add(new IPEndPoint(IPAddress.Parse($"20.0.0.{i}"), 1));
        Assert.True(shared.Contains(NetworkAddress.Parse("20.0.0.1")));
        Assert.False(shared.Contains(NetworkAddress.Parse("20.0.0.100")));
    }
}
