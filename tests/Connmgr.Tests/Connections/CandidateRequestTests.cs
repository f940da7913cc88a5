using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>What a source is told beforehand of the addresses that it may offer.</summary>
public class CandidateRequestTests
{
    private static readonly IPEndPoint Asked = Ip("1.2.3.4");

    [Fact]
    public void RefusalOf_AnAddressThatNothingForbids_IsNone()
    {
        var (h, request) = With();
        Assert.Equal(ConnectFailureCause.None, request.GetRefusal(Asked));
        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RefusalOf_AnAddressThatARequestHas_IsDuplicate(bool permanent)
    {
        var (h, request) = With(before: h => h.Manager.Connect(Asked, permanent));
        if (permanent)
        {
            h.Dialer.Pending.Single(dial => dial.EndPoint.Equals(Asked)).Fail(); // It waits for its next attempt now.
            h.Settle();
        }

        Assert.Equal(ConnectFailureCause.DuplicateAddress, request.GetRefusal(Asked));
        Assert.Equal(ConnectFailureCause.DuplicateAddress, request.GetRefusal(Ip("[::ffff:1.2.3.4]:8333"))); // Another way to write it.
        h.Stop();
    }

    [Fact]
    public void RefusalOf_AnAddressThatFailed_IsRecentlyTriedUntilRetryDurationIsOver()
    {
        EndPoint? next = Asked;
        var (h, request) = With(() => next);
        next = null;
        h.Dialer.All[0].Fail();
        h.Settle();
        Assert.Equal(ConnectFailureCause.RecentlyTried, request.GetRefusal(Asked));
        h.Advance(5 * Second, 100 * Ms);
        Assert.Equal(ConnectFailureCause.None, request.GetRefusal(Asked));
        h.Stop();
    }

    [Fact]
    public void RefusalOf_AnAddressThatTheGateRefuses_IsGated()
    {
        var (h, request) = With(configure: options => options.Gate = static (endPoint, _) => endPoint.Equals(Asked) ? GateVerdict.Discourage : GateVerdict.Allow);
        Assert.Equal(ConnectFailureCause.GateRefused, request.GetRefusal(Asked));
        h.Stop();
    }

    [Fact]
    public void RefusalOf_ARouteInOutage_IsNetworkOutage()
    {
        ManagerHarness? h = null;
        CandidateRequest request = default;
        var n = 0;
        var source = new FakeSource((asked, _) =>
        {
            request = asked;
            return ValueTask.FromResult<Candidate?>(new Candidate(Ip($"20.{++n}.1.1")));
        });
        h = Dialing(1, options => (options.GetNewAddress, options.AddressSource) = (null, source), dial => dial.Fail(ConnectFailureCause.Timeout));
        h.Advance(Second, 100 * Ms);

        Assert.True(h.Snapshot.IsOutage);
        Assert.Equal(ConnectFailureCause.NetworkOutage, request.GetRefusal(Asked));
        Assert.Equal(ConnectFailureCause.None, request.GetRefusal(new IPEndPoint(IPAddress.Parse("2a00::1"), 8333)));
        h.Stop();
    }

    [Fact]
    public void RefusalOf_WithoutAManager_IsNone()
    {
        Assert.Equal(ConnectFailureCause.None, new CandidateRequest(ConnectionKind.OneOff).GetRefusal(Asked));
        Assert.Equal(
            ConnectFailureCause.GateRefused, new CandidateRequest(ConnectionKind.Automatic, _ => ConnectFailureCause.GateRefused).GetRefusal(Asked));
    }

    private static (ManagerHarness Harness, CandidateRequest Request) With(
        Func<EndPoint?>? get = null, Action<ConnectionManagerOptions>? configure = null, Action<ManagerHarness>? before = null)
    {
        CandidateRequest asked = default;
        var source = new FakeSource((request, _) =>
        {
            asked = request;
            return ValueTask.FromResult<Candidate?>(get?.Invoke() is { } endPoint ? new Candidate(endPoint) : null);
        });
        var h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, 1);
            configure?.Invoke(options);
        });
        before?.Invoke(h);
        h.Start();
        Assert.Equal(ConnectionKind.Automatic, asked.Kind);
        return (h, asked);
    }
}
