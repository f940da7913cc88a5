using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr;

public sealed class InterfaceListenerTests
{
    [Fact]
    public async Task ListenOnInterface_Loopback_ListensOnItsAddresses()
    {
        var loopback = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(static each => each.NetworkInterfaceType == NetworkInterfaceType.Loopback);
        Assert.SkipWhen(loopback is null, "This machine shows no loopback interface.");
        var listeners = TcpConnectionListener.ListenOnInterface(loopback.Name.ToUpperInvariant(), 0, new ListenerProfile { IsOnion = true });
        Assert.Contains(listeners, static listener => listener.LocalEndPoint is IPEndPoint { Port: > 0 } local && local.Address.Equals(IPAddress.Loopback) && listener.Profile.IsOnion);
        Assert.Equal(listeners.Count, loopback.GetIPProperties().UnicastAddresses.Count(static each => !each.Address.IsIPv6LinkLocal));
        foreach (var listener in listeners)
            await listener.DisposeAsync();
    }

    [Fact]
    public void ListenOnInterface_NoSuchInterface_NamesThoseThatThereAre()
    {
        var thrown = Assert.Throws<IOException>(static () => TcpConnectionListener.ListenOnInterface("no-such-0", 8333));
        Assert.StartsWith("cannot listen on no-such-0: no interface has this name; use ", thrown.Message, StringComparison.Ordinal);
    }
}
