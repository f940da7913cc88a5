using System.Net;
using System.Net.Sockets;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>A host name has many addresses: those that another request has are left out before they are dialled.</summary>
public class NameClaimTests
{
    private static readonly DnsEndPoint Name = new("peer.example", 8333);

    private readonly List<IPEndPoint> _tried = [];
    private readonly HashSet<EndPoint> _banned = [];
    private readonly Dictionary<string, IPAddress[]> _names = [];

    [Fact]
    public async Task Connect_ANameWhoseFirstAddressIsConnected_ConnectsToTheFreeOne()
    {
        IPAddress[] addresses = [Loopback.NextAddress(), Loopback.NextAddress()];
        using var first = new TcpListener(addresses[0], 0);
        first.Start();
        var port = ((IPEndPoint)first.LocalEndpoint).Port;
        using var second = new TcpListener(addresses[1], port);
        second.Start();
        await using var manager = await OnLoopbackAsync(addresses);
        var literal = manager.Connect(new IPEndPoint(addresses[0], port), permanent: true);
        Assert.True((await literal.FirstOutcome).Succeeded);
        using var accepted = await first.AcceptSocketAsync(TestContext.Current.CancellationToken);

        var named = manager.Connect(new DnsEndPoint("peer.example", port), permanent: true);

        Assert.True((await named.FirstOutcome).Succeeded);
        var remotes = (await manager.GetSnapshotAsync(TestContext.Current.CancellationToken)).Connections.Select(static connection => connection.Connection.RemoteEndPoint);
        Assert.Equal(addresses.Select(address => new IPEndPoint(address, port)), remotes);
        Assert.False(first.Pending());
    }

    [Fact]
    public async Task Connect_ANameWhoseOnlyAddressIsConnected_OpensNothing_AndNamesTheHolder()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endPoint = (IPEndPoint)listener.LocalEndpoint;
        await using var manager = await OnLoopbackAsync(IPAddress.Loopback.MapToIPv6());
        var literal = manager.Connect(endPoint, permanent: true);
        Assert.True((await literal.FirstOutcome).Succeeded);
        using var accepted = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);

        var named = manager.Connect(new DnsEndPoint("peer.example", endPoint.Port), permanent: true);

        var outcome = await named.FirstOutcome;
        Assert.Equal(ConnectFailureCause.DuplicateAddress, outcome.Cause);
        Assert.Equal($"{endPoint} is not dialled: it belongs to the permanent request {literal.Id}", outcome.Exception?.Message);
        Assert.False(listener.Pending());
    }

    [Fact]
    public void Connect_TwoNamesOfOneAddress_OneDialsIt_TheOtherTellsWhoDoes()
    {
        var h = ByName();
        _names["a.example"] = _names["b.example"] = [IPAddress.Parse("1.2.3.4")];
        var first = h.Manager.Connect(new DnsEndPoint("a.example", 8333), permanent: true);
        var second = h.Manager.Connect(new DnsEndPoint("b.example", 8333), permanent: true);
        h.Settle();

        Assert.Equal([Ip("1.2.3.4")], _tried);
        var outcome = h.Run(second.FirstOutcome);
        Assert.Equal(ConnectFailureCause.DuplicateAddress, outcome.Cause);
        Assert.Contains($"1.2.3.4:8333 is not dialled: it belongs to the permanent request {first.Id} (a.example:8333)", outcome.Exception?.Message, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Failing, second.State); // It pauses as any permanent one.
        h.Stop();
    }

    [Fact]
    public void Connect_TheOtherNameGaveUp_TheAddressIsFree()
    {
        var h = ByName();
        _names["a.example"] = _names["b.example"] = [IPAddress.Parse("1.2.3.4")];
        var first = h.Manager.Connect(new DnsEndPoint("a.example", 8333), permanent: true);
        h.Settle();
        Assert.True(h.Run(h.Manager.RemoveAsync(first.Id)));

        h.Manager.Connect(new DnsEndPoint("b.example", 8333), permanent: true);
        h.Settle();

        Assert.Equal([Ip("1.2.3.4"), Ip("1.2.3.4")], _tried);
        h.Stop();
    }

    [Fact]
    public void Connect_TheSameHostAtAnotherPort_IsAnotherPeer()
    {
        var h = ByName();
        _names["peer.example"] = [IPAddress.Parse("1.2.3.4")];
        h.Manager.Connect(Ip("1.2.3.4:18333"), permanent: true);
        h.Settle();

        h.Manager.Connect(Name);
        h.Settle();

        Assert.Equal([Ip("1.2.3.4")], _tried);
        h.Stop();
    }

    [Fact]
    public void Connect_OneOfTheAddressesIsBanned_TheOtherIsDialled()
    {
        var h = ByName();
        _names["peer.example"] = [IPAddress.Parse("1.2.3.4"), IPAddress.Parse("5.6.7.8")];
        _banned.Add(Ip("1.2.3.4"));

        h.Manager.Connect(Name);
        h.Settle();

        Assert.Equal([Ip("5.6.7.8")], _tried);
        h.Stop();
    }

    [Fact]
    public void RemoveAsync_ANameHasTriedItsFirstAddress_DoesNotTryTheNext()
    {
        var h = ByName();
        _names["peer.example"] = [IPAddress.Parse("1.2.3.4"), IPAddress.Parse("5.6.7.8")];
        var request = h.Manager.Connect(Name, permanent: true);
        h.Settle();

        Assert.True(h.RunCall(h.Manager.RemoveAsync(request.Id)));
        h.Dialer.All[0].Fail(); // Before its token is cancelled.
        h.Settle();

        Assert.Equal([Ip("1.2.3.4")], _tried);
        h.Stop();
    }

    [Fact]
    public void Connect_AnAddressInUse_NamesTheHolder()
    {
        var h = NoSource();
        var first = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        var outcome = h.Run(h.Manager.Connect(Ip("1.2.3.4")).FirstOutcome);

        Assert.Equal(ConnectFailureCause.DuplicateAddress, outcome.Cause);
        Assert.Equal($"1.2.3.4:8333 is not dialled: it belongs to the permanent request {first.Id}", outcome.Exception?.Message);
        h.Stop();
    }

    private static async Task<ConnectionManager> OnLoopbackAsync(params IPAddress[] addresses)
    {
        var dialer = new TcpDialer(new TcpDialerOptions { Resolve = (_, _) => Task.FromResult(addresses) });
        var manager = new ConnectionManager(new ConnectionManagerOptions { Dial = dialer.DialAsync, DialTimeout = Minute });
        await manager.StartAsync();
        return manager;
    }

    /// <summary>With a dialler that goes through the addresses of a name one by one, and each of them does what the test says.</summary>
    private ManagerHarness ByName()
    {
        ManagerHarness? h = null;
        h = Without(options =>
        {
            options.Gate = (endPoint, _) => _banned.Contains(endPoint) ? GateVerdict.Refuse : GateVerdict.Allow;
            options.Dial = async (endPoint, token) =>
            {
                if (endPoint is not DnsEndPoint name)
                    return await h!.Dialer.DialAsync(endPoint, token);
                ConnectFailedException? last = null;
                foreach (var address in _names[name.Host])
                {
                    try
                    {
                        var remote = new IPEndPoint(address, name.Port);
                        await NameDial.ReserveAsync(remote, token);
                        _tried.Add(remote);
                        return await h!.Dialer.DialAsync(remote, token);
                    }
                    catch (ConnectFailedException failure)
                    {
                        last = failure;
                    }
                }

                throw last!;
            };
        });
        return h.Start();
    }
}
