using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr.Tool.Tests.Run;

public sealed class RunListenersTests
{
    [Fact]
    public async Task Open_AnInterface_ListensOnItsAddresses()
    {
        var loopback = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(static each => each.NetworkInterfaceType == NetworkInterfaceType.Loopback);
        Assert.SkipWhen(loopback is null || HostAndPort.ParseLocal($"{loopback.Name}:0", out _) is null, "This machine shows no loopback interface with a plain name.");
        await using var world = new NetworkWorld { Chain = ChainParameters.Regtest };
        var local = new ListenAddress(HostAndPort.ParseLocal($"{loopback.Name}:0", out _)!, IsOnion: false);
        await using var listeners = await RunListeners.OpenAsync([local], world, TestContext.Current.CancellationToken);
        Assert.Contains(listeners.All, static listener => listener.LocalEndPoint is IPEndPoint { Port: > 0 } address && address.Address.Equals(IPAddress.Loopback));
    }
}
