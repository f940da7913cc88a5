using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D1 to D5: what makes btcd's manager drift off its target, or lose a permanent peer.</summary>
public class TargetDefectTests
{
    [Fact]
    public void D01_RemoveOfAnEstablishedAutomaticConnection_IsReplaced()
    {
        var h = Full(3);
        var first = h.Connected[0].Request;
        for (var i = 0; i < 5; i++)
        {
            Assert.True(h.Run(h.Manager.RemoveAsync(h.Connected[^1].Request.Id)));
            Assert.Equal(3, h.Automatic);
        }

        Assert.Equal(ConnectionState.Established, first.State);
        h.Stop();
    }

    [Fact]
    public void D01_RemoveOfAPendingAutomaticAttempt_IsReplaced()
    {
        var h = Dialing(3);
        var pending = h.Snapshot.Requests[1];
        Assert.True(h.Run(h.Manager.RemoveAsync(pending.Id)));

        Assert.Equal(3, h.Dialer.Pending.Count());
        h.Dialer.Pending.ToList().ForEach(dial => dial.Succeed());
        Assert.Equal(3, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void D02_PermanentConnections_DoNotCountAgainstTheTarget()
    {
        var h = Full(8);
        h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Settle();
        var dropped = h.Connected.First(connected => connected.Request.Kind == ConnectionKind.Automatic).Request;

        Assert.True(h.Run(h.Manager.DisconnectAsync(dropped.Id)));

        Assert.Equal(ConnectionState.Disconnected, dropped.State);
        Assert.Equal(8, h.Automatic);
        Assert.Equal(2, h.Snapshot.Count(ConnectionKind.Permanent));
        h.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void D03_AOneOffThatFailsOrEnds_AddsNoAutomaticConnection(bool succeeds)
    {
        var h = Full(2);
        if (!succeeds)
            h.Dialer.OnDial = dial => dial.Fail();
        for (var i = 0; i < 5; i++)
        {
            var request = h.Manager.Connect(h.NewAddress());
            h.Settle();
            h.Run(h.Manager.DisconnectAsync(request.Id));
        }

        h.Advance(Minute, Second);
        Assert.Equal(2, h.Automatic);
        Assert.Equal(2 + 5, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void D04_DisconnectOfAPermanentRequestInBackoff_DoesNotEndIt()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Fail();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        Assert.Equal(ConnectionState.Failing, request.State);
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));

        h.Dialer.OnDial = dial => dial.Succeed();
        h.Advance(5 * Second);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void D04_DisconnectOfAPermanentRequestBeingDialled_IsFollowedByARetry()
    {
        var h = NoSource();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));
        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));
        Assert.Equal(ConnectionState.Pending, request.State);
        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);

        h.Dialer.OnDial = dial => dial.Succeed();
        h.Advance(5 * Second);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void D05_TriggerReconnect_IsGrantedWithPermanentPeersBesideAFullTarget()
    {
        var h = Full(2);
        h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Advance(6 * Second);
        var request = h.Connected[0].Request;
        var address = request.EndPoint;

        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id, triggerReconnect: true)));

        Assert.Equal(address, h.Dialer.All[^1].EndPoint);
        Assert.Same(request, h.Connected[^1].Request);
        Assert.Equal(2, h.Automatic);
        h.Stop();
    }
}
