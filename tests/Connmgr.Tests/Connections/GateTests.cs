using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Nothing that the gate refuses is dialled or handed over.</summary>
public class GateTests
{
    private readonly HashSet<EndPoint> _banned = [];
    private readonly List<(EndPoint, ConnectionDirection)> _asked = [];

    [Fact]
    public void Connect_ToABannedAddress_IsNotDialled()
    {
        _banned.Add(Ip("1.2.3.4"));
        var h = NoSource(Gated);
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectFailureCause.Gated, h.Run(request.FirstOutcome).Cause);
        Assert.Empty(h.Dialer.All);
        Assert.Equal((Ip("1.2.3.4"), ConnectionDirection.Outbound), Assert.Single(_asked));
        h.Stop();
    }

    [Fact]
    public void APermanentRequest_IsDialledOnceItsBanIsOver()
    {
        _banned.Add(Ip("1.2.3.4"));
        var h = NoSource(Gated);
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        Assert.Equal(ConnectionState.Failing, request.State);
        _banned.Clear();
        h.Advance(5 * Second);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARedial_IsAskedForAgain(bool triggerReconnect)
    {
        var h = NoSource(Gated);
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        _banned.Add(Ip("1.2.3.4"));
        h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect));
        h.Advance(Minute);
        Assert.Single(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void BannedAddressesOfTheSource_AreNotDialled()
    {
        var h = Dialing(4, options =>
        {
            Gated(options);
            options.Gate = static (endPoint, _) => ((IPEndPoint)endPoint).Address.GetAddressBytes()[1] % 2 == 0;
        });
        Assert.Equal(4, h.Dialer.All.Count);
        Assert.All(h.Dialer.All, dial => Assert.Equal(0, ((IPEndPoint)dial.EndPoint).Address.GetAddressBytes()[1] % 2));
        h.Stop();
    }

    [Fact]
    public void AHostName_IsCheckedAgainOnceItsAddressIsKnown()
    {
        _banned.Add(Ip("1.2.3.4"));
        var handshakes = 0;
        var h = NoSource(options =>
        {
            Gated(options);
            options.Handshake = (_, _) =>
            {
                handshakes++;
                return default;
            };
        });
        h.Dialer.OnDial = static dial => dial.Succeed(Ip("1.2.3.4"));
        var request = h.Manager.Connect(new DnsEndPoint("banned.example", 8333));
        h.Settle();
        Assert.Equal(ConnectFailureCause.Gated, h.Run(request.FirstOutcome).Cause);
        Assert.Equal(0, handshakes);
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        Assert.Empty(h.Calls);
        h.Stop();
    }

    [Fact]
    public void ABanDuringTheDial_KeepsTheConnectionOut()
    {
        var h = NoSource(Gated);
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        _banned.Add(Ip("1.2.3.4"));
        h.Dialer.All[0].Succeed();
        h.Settle();
        Assert.Empty(h.Calls);
        h.Stop();
    }

    [Fact]
    public async Task BannedPeers_AreNotAccepted()
    {
        _banned.Add(Ip("1.2.3.4:999"));
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted, Gated);
        var events = new EventRecorder(h.Manager);
        var stream = listener.Connect(Ip("1.2.3.4:999"));
        h.Settle();
        Assert.Empty(accepted);
        Assert.Equal(1, stream.Disposals);
        Assert.Equal(ConnectionDirection.Inbound, _asked[0].Item2);
        h.Stop();
        Assert.Equal(ConnectFailureCause.Gated, Assert.Single(await events.AllAsync<InboundRefused>()).Cause);
    }

    [Fact]
    public void AGateThatThrows_Refuses()
    {
        var logger = new FakeLoggerFactory();
        var h = NoSource(options =>
        {
            options.Gate = static (_, _) => throw new IOException("by the test");
            options.LoggerFactory = logger;
        });
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Empty(h.Dialer.All);
        Assert.Single(logger.Warnings);
        h.Stop();
    }

    [Fact]
    public void AProxyOfThatThrows_MeansDirect()
    {
        var h = NoSource(static options => options.ProxyOf = static _ => throw new IOException("by the test"));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Single(h.Connected);
        h.Stop();
    }

    private void Gated(ConnectionManagerOptions options) => options.Gate = (endPoint, direction) =>
    {
        _asked.Add((endPoint, direction));
        return !_banned.Contains(endPoint);
    };
}
