using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>What the manager tells of itself.</summary>
public class SnapshotTests
{
    [Fact]
    public void Snapshot_TellsAgesAttemptsAndRetries()
    {
        var h = NoSource(options => (options.TargetOutbound, options.MaxInbound) = (3, 7));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        h.Dialer.OnDial = static dial => dial.Fail();
        var failing = h.Manager.Connect(Ip("2.2.3.4"), permanent: true);
        h.Settle();
        h.Dialer.OnDial = null;
        h.Manager.Connect(Ip("3.2.3.4"));
        h.Advance(2 * Second);

        var snapshot = h.Snapshot;
        Assert.Equal((3, 7, h.Time.GetUtcNow()), (snapshot.TargetOutbound, snapshot.MaxInbound, snapshot.Time));
        Assert.Equal(2 * Second, Assert.Single(snapshot.Connections).Age);
        var attempt = Assert.Single(snapshot.Attempts);
        Assert.Equal((Ip("3.2.3.4"), ConnectPhase.Tcp, 2 * Second), (attempt.EndPoint, attempt.Phase, attempt.Age));
        var retrying = snapshot.Requests.Single(request => request.Id == failing.Id);
        Assert.Equal((ConnectionState.Failing, 1), (retrying.State, retrying.Attempts));
        Assert.InRange(retrying.RetryIn!.Value, TimeSpan.Zero, 3 * Second);
        h.Stop();
    }

    [Fact]
    public void Snapshot_IsImmutable()
    {
        var h = Full(2);
        var before = h.Snapshot;
        h.Run(h.Manager.SetTargetOutboundAsync(0));
        Assert.Equal(2, before.Count(ConnectionKind.Automatic));
        Assert.Equal(0, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void Snapshot_AfterTheStop_IsEmpty()
    {
        var h = Full(2);
        h.Stop();
        var snapshot = h.Snapshot;
        Assert.Empty(snapshot.Requests);
        Assert.Empty(snapshot.Connections);
        Assert.Empty(snapshot.Attempts);
    }

    [Fact]
    public void Requests_AreWrittenAsInBtcd()
    {
        var h = NoSource();
        Assert.Equal("1.2.3.4:8333 (reqid 1)", h.Manager.Connect(Ip("1.2.3.4")).ToString());
        Assert.Equal("seed.example:8333 (reqid 2)", h.Manager.Connect(new System.Net.DnsEndPoint("seed.example", 8333)).ToString());
        Assert.Equal("reqid 3", h.Manager.NewConnectionRequest().ToString());
        h.Stop();
    }
}
