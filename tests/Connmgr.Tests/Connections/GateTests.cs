using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Nothing that the gate refuses is dialled or handed over.</summary>
public class GateTests
{
    private readonly HashSet<EndPoint> _banned = [];
    private readonly HashSet<EndPoint> _discouraged = [];
    private readonly List<(EndPoint, ConnectionDirection)> _asked = [];

    [Fact]
    public void Connect_ToABannedAddress_IsNotDialled()
    {
        _banned.Add(Ip("1.2.3.4"));
        var h = NoSource(Gated);
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectFailureCause.GateRefused, h.Run(request.FirstOutcome).Cause);
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
            options.Gate = static (endPoint, _) => ((IPEndPoint)endPoint).Address.GetAddressBytes()[1] % 2 == 0
                ? GateVerdict.Allow
                : GateVerdict.Refuse;
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
        Assert.Equal(ConnectFailureCause.GateRefused, h.Run(request.FirstOutcome).Cause);
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
        Assert.Equal(ConnectFailureCause.GateRefused, Assert.Single(await events.AllAsync<InboundRefused>()).Cause);
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
        var h = NoSource(static options => options.GetProxy = static _ => throw new IOException("by the test"));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Single(h.Connected);
        h.Stop();
    }

    [Fact]
    public void Connect_ToADiscouragedAddress_IsDialled_ButTheSourcesAreNot()
    {
        var offered = new Queue<IPEndPoint>([Ip("20.1.1.1"), Ip("20.2.1.1")]);
        _discouraged.UnionWith([Ip("1.2.3.4"), Ip("20.1.1.1")]);
        var h = Dialing(1, options =>
        {
            Gated(options);
            options.GetNewAddress = _ => new(offered.TryDequeue(out var next) ? next : null);
        });
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal([Ip("20.2.1.1"), Ip("1.2.3.4")], h.Dialer.All.Select(static dial => dial.EndPoint));
        h.Stop();
    }

    [Fact]
    public void DiscouragedDuringItsDial_AChosenAddressIsLeft_AndOneAskedForIsNot()
    {
        var h = Dialing(1, Gated);
        var asked = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        _discouraged.UnionWith(h.Dialer.All.Select(static dial => dial.EndPoint));
        foreach (var dial in h.Dialer.All.ToArray())
            dial.Succeed();
        h.Settle();
        Assert.Equal(ConnectionState.Established, asked.State);
        Assert.Equal(0, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void ADiscouragedPeer_IsAccepted_OnlyWhileAnotherPlaceIsLeft()
    {
        _discouraged.UnionWith([Ip("1.1.1.1"), Ip("2.2.2.2"), Ip("3.3.3.3")]);
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted, options =>
        {
            Gated(options);
            options.MaxInbound = 3;
        });
        foreach (var peer in (string[])["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"])
        {
            listener.Connect(Ip(peer));
            h.Settle();
        }

        Assert.Equal([Ip("1.1.1.1"), Ip("2.2.2.2"), Ip("4.4.4.4")], accepted.Select(static connection => connection.RemoteEndPoint));
        h.Stop();
    }

    [Fact]
    public void APeerOfAListenerWithNoBan_IsAcceptedThoughBanned_AndStays()
    {
        _banned.Add(Ip("1.1.1.1"));
        var listener = new FakeListener { Profile = new() { Permissions = ConnectionPermissions.NoBan } };
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted, Gated);
        listener.Connect(Ip("1.1.1.1"));
        h.Settle();
        Assert.Equal(0, h.Run(h.Manager.RecheckGateAsync()));
        Assert.Equal(ConnectionPermissions.NoBan, Assert.Single(accepted).Permissions);
        Assert.False(accepted[0].Closed.IsCompleted);
        h.Stop();
    }

    [Fact]
    public void RecheckGateAsync_AfterABan_EndsWhatItRefuses_InBothDirections()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted, Gated);
        var established = h.Manager.Connect(Ip("1.1.1.1"), permanent: true);
        var other = h.Manager.Connect(Ip("2.2.2.2"));
        h.Settle();
        h.Dialer.All[0].Succeed();
        h.Dialer.All[1].Succeed();
        var dialling = h.Manager.Connect(Ip("3.3.3.3"));
        listener.Connect(Ip("4.4.4.4:999"));
        h.Settle();

        _banned.UnionWith([Ip("1.1.1.1"), Ip("3.3.3.3"), Ip("4.4.4.4:999")]);
        Assert.Equal(3, h.Run(h.Manager.RecheckGateAsync()));

        Assert.Equal(DisconnectCause.GateRefused, h.Run(h.Connected[0].Connection.Closed).Cause);
        Assert.Equal(DisconnectCause.GateRefused, h.Run(Assert.Single(accepted).Closed).Cause);
        Assert.Equal(ConnectFailureCause.GateRefused, h.Run(dialling.FirstOutcome).Cause);
        Assert.Equal(ConnectionState.Established, other.State);
        h.Advance(Minute);
        Assert.Equal(ConnectionState.Failing, established.State); // It waits for the end of its ban.
        Assert.Equal(3, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void DisconnectWhereAsync_EndsWhatMatches_ByTheAddressDialledOrTheRemoteOne()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        var named = h.Manager.Connect(new DnsEndPoint("peer.example", 8333));
        var other = h.Manager.Connect(Ip("2.2.2.2"));
        h.Settle();
        h.Dialer.All[0].Succeed(Ip("1.2.3.4"));
        h.Dialer.All[1].Succeed();
        listener.Connect(Ip("[::ffff:1.2.3.5]:999"));
        h.Settle();

        var count = h.Run(h.Manager.DisconnectWhereAsync(static endPoint => IPNetwork.Parse("1.2.3.0/24").Contains(((IPEndPoint)endPoint).Address)));

        Assert.Equal(2, count); // The name itself is no IPEndPoint: what fails is a no.
        Assert.Equal(ConnectionState.Disconnected, named.State);
        Assert.Equal(DisconnectCause.Disconnected, h.Run(Assert.Single(accepted).Closed).Cause);
        Assert.Equal(ConnectionState.Established, other.State);
        h.Stop();
    }

    private void Gated(ConnectionManagerOptions options) => options.Gate = (endPoint, direction) =>
    {
        _asked.Add((endPoint, direction));
        return _banned.Contains(endPoint) ? GateVerdict.Refuse : _discouraged.Contains(endPoint) ? GateVerdict.Discourage : GateVerdict.Allow;
    };
}
