using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>The pauses of permanent requests.</summary>
public class RetryTests
{
    [Fact]
    public void Pauses_GrowByOneUnitEachUpToTheMaximum()
    {
        var (h, dialled) = Recording(options => options.MaxRetryDuration = 20 * Second);
        h.Dialer.OnDial += static dial => dial.Fail();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(3 * Minute);

        var pauses = dialled.Zip(dialled.Skip(1), (a, b) => (b - a).TotalSeconds).ToList();
        for (var n = 1; n <= pauses.Count; n++)
        {
            var whole = Math.Min(5 * n, 20);
            Assert.InRange(pauses[n - 1], whole / 2.0, whole + 0.01);
        }

        Assert.InRange(pauses.Count, 8, 20);
        h.Stop();
    }

    [Fact]
    public void Pauses_AreMeasuredFromTheEndOfTheAttempt()
    {
        var (h, dialled) = Recording();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true); // It hangs until its timeout, 5 s.
        h.Advance(5 * Second + 2_400 * Ms);
        Assert.Single(dialled);
        h.Advance(2_600 * Ms);
        Assert.InRange((dialled[1] - dialled[0]).TotalSeconds, 7.5, 10);
        h.Stop();
    }

    [Fact]
    public void AConnectionThatLasted_ResetsThePauses()
    {
        var (h, dialled) = Recording();
        h.Dialer.OnDial += static dial => dial.Fail();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(5 * Minute, 100 * Ms);
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Advance(5 * Minute, 100 * Ms);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Dialer.OnDial = dial => dialled.Add(h.Time.GetUtcNow());
        dialled.Clear();
        h.Connected[0].Connection.Close();
        h.Advance(5 * Second);
        Assert.Single(dialled);
        h.Stop();
    }

    [Fact]
    public void ShortConnections_CountAsFailures()
    {
        var (h, dialled) = Recording();
        h.Handler = static (_, _) => Task.CompletedTask;
        h.Dialer.OnDial += static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(10 * Minute, 100 * Ms);
        Assert.InRange(dialled.Count, 13, 24); // 5 + 10 + … + 75 s is ten minutes; half of each at the least.
        h.Stop();
    }

    [Fact]
    public void AHostNameThatDoesNotResolve_IsRetriedAndStopsNothing()
    {
        var (h, _) = Recording();
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.NameNotFound, ConnectPhase.Resolve);
        var request = h.Manager.Connect(new DnsEndPoint("peer.example", 8333), permanent: true);
        h.Settle();
        Assert.Equal(ConnectionState.Failing, request.State);
        h.Dialer.OnDial = static dial => dial.Succeed(Ip("1.2.3.4"));
        h.Advance(5 * Second);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void ARetryDurationAboveTheDefaultMaximum_IsNotShortened()
    {
        var (h, dialled) = Recording(options => options.RetryDuration = 20 * Minute);
        h.Dialer.OnDial += static dial => dial.Fail();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(2 * 60 * Minute, Second);
        Assert.InRange(dialled.Count, 7, 13);
        h.Stop();
    }

    [Fact]
    public void APauseLongerThanATimerCanWait_IsWaitedFor()
    {
        var h = NoSource(options => options.RetryDuration = TimeSpan.FromDays(100));
        h.Dialer.OnDial = static dial => dial.Fail();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(TimeSpan.FromDays(49), TimeSpan.FromDays(1));
        Assert.Single(h.Dialer.All);
        h.Advance(TimeSpan.FromDays(51), TimeSpan.FromDays(1));
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    private static (ManagerHarness Harness, List<DateTimeOffset> Dialled) Recording(Action<ConnectionManagerOptions>? configure = null)
    {
        var h = NoSource(configure);
        List<DateTimeOffset> dialled = [];
        h.Dialer.OnDial = _ => dialled.Add(h.Time.GetUtcNow());
        return (h, dialled);
    }
}
