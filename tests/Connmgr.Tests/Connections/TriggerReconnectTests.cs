using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>DisconnectAsync with triggerReconnect: the same address again, at once, once.</summary>
public class TriggerReconnectTests
{
    [Fact]
    public void AnAutomaticRequest_KeepsItsSlotMeanwhile()
    {
        var h = Full(2);
        h.Dialer.OnDial = null;
        var request = h.Connected[0].Request;
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true)));
        Assert.Equal(request.EndPoint, h.Dialer.Pending.Single().EndPoint);
        Assert.Equal(ConnectionState.Pending, request.State);
        h.Advance(Second); // No hedge for a slot that is held.

        h.Dialer.Pending.Single().Succeed();
        h.Settle();
        Assert.Same(request, h.Connected[^1].Request);
        Assert.Equal(2, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void AFailedReconnect_IsReplacedByAnotherAddress()
    {
        var h = Full(1);
        h.Dialer.OnDial = null;
        var request = h.Connected[0].Request;
        h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true));
        h.Dialer.Pending.Single().Fail();
        h.Settle();
        Assert.NotEqual(request.EndPoint, h.Dialer.Pending.Single().EndPoint);
        Assert.Equal(ConnectionState.Disconnected, request.State);
        h.Stop();
    }

    [Fact]
    public void ASecondTimeInARow_IsNotGrantedToAShortConnection()
    {
        var h = Full(1);
        var request = h.Connected[0].Request;
        h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true));
        Assert.Equal(ConnectionState.Established, request.State);
        h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true));
        Assert.Equal(ConnectionState.Disconnected, request.State);
        Assert.Equal(1, h.Automatic);

        var other = h.Connected[^1].Request;
        for (var i = 0; i < 3; i++)
        {
            h.Advance(5 * Second);
            h.Run(h.Manager.DisconnectAsync(other.Id, triggerReconnect: true));
            Assert.Equal(ConnectionState.Established, other.State);
        }

        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PermanentAndOneOffRequests_AreDialledAtOnce(bool permanent)
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent);
        h.Settle();
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true)));
        Assert.Equal(ConnectionState.Established, request.State);
        Assert.Equal(["OnConnection 1", "OnDisconnection 1", "OnConnection 1"], h.Calls);
        h.Stop();
    }

    [Fact]
    public void APermanentRequestInBackoff_IsDialledAtOnce()
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Fail();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true));
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void AnUnknownId_IsReported()
    {
        var h = NoSource();
        Assert.False(h.Run(h.Manager.DisconnectAsync(5, triggerReconnect: true)));
        h.Stop();
    }

    [Fact]
    public void LoweringTheTarget_EndsAReconnectFirst()
    {
        var h = Full(2);
        h.Dialer.OnDial = null;
        h.Run(h.Manager.DisconnectAsync(h.Connected[0].Request.Id, triggerReconnect: true));
        h.Run(h.Manager.SetTargetOutboundAsync(1));
        Assert.True(h.Dialer.All[^1].Token.IsCancellationRequested);
        Assert.Equal(2, Assert.Single(h.Snapshot.Connections).Connection.Id);
        h.Stop();
    }
}
