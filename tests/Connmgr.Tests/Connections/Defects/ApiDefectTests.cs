using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D27 and D28: what can be changed and seen, and options that stay the caller's.</summary>
public class ApiDefectTests
{
    [Fact]
    public void D27_TargetAndMaxInbound_ChangeWhileRunning()
    {
        var listener = new FakeListener();
        var h = Full(2, options =>
        {
            options.Listeners = [listener];
            options.OnAccept = static (connection, _) => connection.Closed;
            options.MaxInbound = 0;
        });
        h.Run(h.Manager.SetTargetOutboundAsync(5));
        h.Run(h.Manager.SetMaxInboundAsync(1));
        listener.Connect();

        Assert.Equal(5, h.Automatic);
        Assert.Equal(1, h.Snapshot.Count(ConnectionKind.Inbound));
        h.Stop();
    }

    [Fact]
    public void D27_Snapshot_ListsRequestsAttemptsAndConnections()
    {
        var h = Full(1);
        h.Dialer.OnDial = null;
        var dialling = h.Manager.Connect(Ip("1.2.3.4"));
        var snapshot = h.Snapshot;

        Assert.Equal([(1, ConnectionKind.Automatic), (dialling.Id, ConnectionKind.OneOff)], snapshot.Requests.Select(r => (r.Id, r.Kind)));
        Assert.Equal(dialling.Id, Assert.Single(snapshot.Attempts).RequestId);
        Assert.Same(h.Connected[0].Connection, Assert.Single(snapshot.Connections).Connection);
        h.Stop();
    }

    [Fact]
    public async Task D28_TheCallersOptions_AreNotWrittenToAndNotReadAgain()
    {
        FakeListener[] listeners = [new()];
        var options = new ConnectionManagerOptions
        {
            Dial = new FakeDialer().DialAsync,
            GetNewAddress = static _ => ValueTask.FromResult<EndPoint?>(null),
            TargetOutbound = 0,
            RetryDuration = 10 * Minute,
            Listeners = [.. listeners],
            OnAccept = static (connection, _) => connection.Closed,
        };
        var values = Values(options);
        await using var manager = new ConnectionManager(options);
        Assert.Equal(values, Values(options));

        options.TargetOutbound = 7;
        options.Listeners.Clear();
        var snapshot = await manager.GetSnapshotAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, snapshot.TargetOutbound);
        await manager.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, listeners[0].Disposals);

        static List<object?> Values(ConnectionManagerOptions options) =>
            [.. typeof(ConnectionManagerOptions).GetProperties().Select(property => property.GetValue(options))];
    }

    [Fact]
    public void D28_NoOutboundAtAll_CanBeSaid()
    {
        var h = Dialing(0);
        h.Advance(Minute, Second);
        Assert.Empty(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void D28_WaitingBeforeStart_IsAllowed()
    {
        var h = Full(1);
        var waiting = h.Manager.Completion;
        Assert.False(waiting.IsCompleted);
        h.Stop();
        Assert.True(waiting.IsCompletedSuccessfully);

        var neverStarted = Without();
        neverStarted.Stop();
    }
}
