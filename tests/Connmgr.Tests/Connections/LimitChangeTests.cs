using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Target and MaxInbound while running, suspend and resume.</summary>
public class LimitChangeTests
{
    [Fact]
    public void LoweringTheTarget_ClosesTheYoungest()
    {
        var h = Full(4);
        h.Run(h.Manager.SetTargetOutboundAsync(2));
        Assert.Equal([1, 2], h.Snapshot.Connections.Select(connection => connection.Connection.Id));
        Assert.All(h.Connected.Skip(2), gone => Assert.Equal(DisconnectCause.LimitLowered, h.Run(gone.Connection.Closed).Cause));
        h.Advance(Minute, Second);
        Assert.Equal(4, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void LoweringTheTargetToNone_CancelsTheAttempts()
    {
        var h = Dialing(3);
        h.Run(h.Manager.SetTargetOutboundAsync(0));
        Assert.All(h.Dialer.All, dial => Assert.True(dial.Token.IsCancellationRequested));
        Assert.Empty(h.Snapshot.Requests);
        h.Stop();
    }

    [Fact]
    public void RaisingTheTarget_FillsIt()
    {
        var h = Full(2);
        h.Run(h.Manager.SetTargetOutboundAsync(20));
        Assert.Equal(20, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void LoweringMaxInbound_ClosesTheYoungestHandshakesIncluded()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var silent = false;
        var h = Listening(listener, accepted, options => options.Handshake = async (_, token) =>
        {
            if (silent)
                await ForeverAsync(token);
        });
        var first = listener.Connect();
        h.Settle();
        silent = true;
        var second = listener.Connect();
        h.Settle();
        h.Run(h.Manager.SetMaxInboundAsync(1));
        Assert.Equal((0, 1), (first.Disposals, second.Disposals));
        h.Run(h.Manager.SetMaxInboundAsync(0));
        Assert.Equal(1, first.Disposals);
        Assert.Equal(DisconnectCause.LimitLowered, h.Run(accepted[0].Closed).Cause);
        h.Run(h.Manager.SetMaxInboundAsync(null));
        silent = false;
        listener.Connect();
        h.Settle();
        Assert.Equal(2, accepted.Count);
        h.Stop();
    }

    [Fact]
    public async Task NegativeLimits_AreErrors()
    {
        await using var manager = new ConnectionManager(new() { Dial = new FakeDialer().DialAsync });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => manager.SetTargetOutboundAsync(-1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => manager.SetMaxInboundAsync(-1));
    }

    [Fact]
    public void Suspend_ClosesEverythingAndDialsNothing()
    {
        var listener = new FakeListener();
        var h = Full(2, options =>
        {
            options.Listeners = [listener];
            options.OnAccept = static (connection, _) => connection.Closed;
        });
        var permanent = h.Manager.Connect(h.NewAddress(), permanent: true);
        var oneOff = h.Manager.Connect(h.NewAddress());
        listener.Connect();
        h.Settle();
        h.Run(h.Manager.SuspendAsync());

        var snapshot = h.Snapshot;
        Assert.True(snapshot.IsSuspended);
        Assert.Empty(snapshot.Connections);
        Assert.Equal(permanent.Id, Assert.Single(snapshot.Requests).Id);
        Assert.Equal(ConnectionState.Disconnected, oneOff.State);
        Assert.Equal(DisconnectCause.NetworkSuspended, h.Run(h.Connected[0].Connection.Closed).Cause);
        var refused = listener.Connect();
        var dials = h.Dialer.All.Count;
        h.Advance(10 * Minute, Second);
        Assert.Equal(dials, h.Dialer.All.Count);
        Assert.Equal(1, refused.Disposals);
        h.Stop();
    }

    [Fact]
    public void Resume_DialsWhatIsWantedAndWhatWasAskedForMeanwhile()
    {
        var h = Full(2);
        var permanent = h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Settle();
        h.Run(h.Manager.SuspendAsync());
        h.Run(h.Manager.SuspendAsync());
        var oneOff = h.Manager.Connect(h.NewAddress());
        var fromSource = h.Manager.NewConnectionRequest();
        h.Settle();
        Assert.Equal(ConnectionState.Pending, oneOff.State);

        h.Run(h.Manager.ResumeAsync());
        h.Settle();
        Assert.Equal(2, h.Automatic);
        Assert.All([permanent, oneOff, fromSource], request => Assert.Equal(ConnectionState.Established, request.State));
        h.Stop();
    }

    [Fact]
    public void Suspend_CancelsDialsHandshakesAndTheQuestionToTheSource()
    {
        CancellationToken asked = default;
        var h = Dialing(1, options => options.GetNewAddress = async token =>
        {
            asked = token;
            await ForeverAsync(token);
            return null;
        });
        var permanent = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Run(h.Manager.SuspendAsync());
        Assert.True(asked.IsCancellationRequested);
        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);
        Assert.Equal(ConnectionState.Pending, permanent.State);
        h.Stop();
    }

    [Fact]
    public void Stop_WhileSuspended_Completes()
    {
        var h = Full(2);
        h.Run(h.Manager.SuspendAsync());
        h.Stop();
    }
}
