using System.Net;
using System.Net.Sockets;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>25 attempts in a row without an answer on a route: it is only probed.</summary>
public class OutageTests
{
    [Theory]
    [InlineData(ConnectFailureCause.Unreachable)]
    [InlineData(ConnectFailureCause.Timeout)]
    public void TwentyFiveInARow_BeginAnOutage(ConnectFailureCause cause)
    {
        var h = Failing(cause, 24);
        Assert.False(h.Snapshot.IsOutage);
        h = Failing(cause, 25);
        Assert.True(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Fact]
    public void APermanentHostName_DoesNotHideAnOutage()
    {
        var h = Dialing(8, onDial: static dial => dial.Fail(
            dial.EndPoint is System.Net.DnsEndPoint ? ConnectFailureCause.NameNotFound : ConnectFailureCause.Unreachable));
        h.Manager.Connect(new System.Net.DnsEndPoint("nobody.example", 8333), permanent: true);
        h.Advance(Second);
        Assert.True(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Fact]
    public void ADeadFamily_TheSourceIsAskedForTheLiveOne()
    {
        var h = OfTwoFamilies(4, static dial => dial.Succeed());
        Assert.Equal(4, h.Automatic); // Not a moment later, though the source prefers the dead ones.
        Assert.Equal(25, DialsOfIPv6(h));
        h.Stop();
    }

    [Fact]
    public void ADeadFamily_IsProbedOncePerRetryDuration_AndUsedAgainWhenItAnswers()
    {
        var h = OfTwoFamilies(4, static dial => dial.Fail());
        Assert.Equal(25, DialsOfIPv6(h));
        h.Advance(Minute, 50 * Ms);
        Assert.InRange(DialsOfIPv6(h), 25 + 11, 25 + 12);

        h.Dialer.OnDial = static dial => dial.Fail();
        h.Advance(5 * Second, 50 * Ms);
        var before = DialsOfIPv6(h);
        h.Advance(5 * Second, 50 * Ms);
        Assert.InRange(DialsOfIPv6(h) - before, 9, 11); // All of the 2 a second that are left of the pace by now.
        h.Stop();
    }

    [Fact]
    public void Outage_AllowsOneDialPerRetryDurationAndNoHedges()
    {
        var h = Dialing(8, onDial: static dial => dial.Fail(ConnectFailureCause.Unreachable));
        h.Dialer.OnDial = null; // The probes hang.
        var before = h.Dialer.All.Count;
        h.Advance(10 * Minute, 100 * Ms);
        Assert.Equal(25, before);
        Assert.InRange(h.Dialer.All.Count - before, 115, 121);
        h.Stop();
    }

    [Fact]
    public void FailuresInAnOutage_AreNotHeldAgainstTheAddress()
    {
        ManagerHarness? h = null;
        var source = new FakeSource(() => h!.NewAddress());
        h = new ManagerHarness(options => (options.GetNewAddress, options.AddressSource) = (null, source));
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.Unreachable);
        h.Start();
        h.Advance(Minute, Second);

        Assert.All(source.Reports.Take(24), report => Assert.True(report.CountsAgainstAddress));
        Assert.All(source.Reports.Skip(24), report => Assert.False(report.CountsAgainstAddress));
        Assert.InRange(source.Reports.Count, 30, 40);
        h.Stop();
    }

    [Theory]
    [InlineData("refusal")]
    [InlineData("success")]
    [InlineData("network changed")]
    [InlineData("refused one-off")]
    public async Task Outage_EndsAtAnAnswerOrANetworkChange(string how)
    {
        var h = new ManagerHarness();
        var events = new EventRecorder(h.Manager);
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.Unreachable);
        h.Start();
        h.Advance(Second);
        Assert.True(h.Snapshot.IsOutage);
        h.Dialer.OnDial = how is "success" ? static dial => dial.Succeed() : static dial => dial.Fail();
        switch (how)
        {
            case "network changed":
                h.Manager.NotifyNetworkChanged();
                break;
            case "refused one-off":
                h.Manager.Connect(h.NewAddress());
                break;
            default:
                h.Advance(5 * Second);
                break;
        }

        h.Settle();
        Assert.False(h.Snapshot.IsOutage);
        Assert.InRange(h.Dialer.All.Count, 25 + 8, 400);
        h.Stop();
        var told = await events.AllAsync();
        Assert.Equal("ipv4", Assert.Single(told.OfType<OutageStarted>()).Route);
        Assert.Equal("ipv4", Assert.Single(told.OfType<OutageEnded>()).Route);
    }

    [Fact]
    public void Outage_OfAProxy_LeavesDirectDialsAlone()
    {
        var n = 0;
        var h = Dialing(
            8,
            options =>
            {
                options.GetProxy = static endPoint => endPoint is DnsEndPoint ? "tor" : null;
                var ip = options.GetNewAddress!;
                options.GetNewAddress = async token => n++ % 2 == 0 ? new DnsEndPoint($"host{n}.onion", 8333) : await ip(token);
                (options.DialBurst, options.DialsPerSecond) = (100, 100);
            },
            static dial => dial.Fail(dial.EndPoint is DnsEndPoint ? ConnectFailureCause.ProxyUnreachable : ConnectFailureCause.Refused));
        h.Advance(10 * Second);

        Assert.False(h.Snapshot.IsOutage); // An outage is every route.
        Assert.InRange(h.Dialer.All.Count(dial => dial.EndPoint is DnsEndPoint), 25, 25 + 3);
        Assert.InRange(h.Dialer.All.Count(dial => dial.EndPoint is IPEndPoint), 500, 1_100);
        h.Stop();
    }

    [Fact]
    public void FailuresOfAProxy_AreNotHeldAgainstTheAddress()
    {
        ManagerHarness? h = null;
        var source = new FakeSource(() => h!.NewAddress());
        h = new ManagerHarness(options =>
            (options.GetNewAddress, options.AddressSource, options.GetProxy) = (null, source, static _ => "tor"));
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.ProxyUnreachable, ConnectPhase.Proxy);
        h.Start();
        Assert.Equal(25, source.Reports.Count(report => report.Phase == ConnectPhase.Proxy));
        Assert.All(source.Reports, report => Assert.False(report.CountsAgainstAddress));
        h.Stop();
    }

    [Fact]
    public void PermanentRequests_KeepTheirOwnBackoff()
    {
        var h = Dialing(8, onDial: static dial => dial.Fail(ConnectFailureCause.Unreachable));
        var permanent = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Advance(20 * Second);
        Assert.InRange(h.Dialer.All.Count(dial => Equals(dial.EndPoint, permanent.EndPoint)), 3, 4); // After 5, 10, 15 s, each jittered.
        h.Stop();
    }

    [Fact]
    public void HostsThatRefuse_AreNoOutage()
    {
        var n = 0;
        var h = Dialing(125, onDial: dial =>
        {
            if (++n % 10 == 0)
                dial.Succeed();
            else
                dial.Fail();
        });
        Assert.Equal(125, h.Automatic); // At once: 1,250 dials are within the burst.
        Assert.Equal(1_250, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void SilentAddresses_AreNoOutageWhileAConnectionStands()
    {
        var h = Dialing(2);
        h.Dialer.All[0].Succeed();
        h.Settle();
        h.Advance(2 * Minute, 500 * Ms);
        Assert.False(h.Snapshot.IsOutage);
        var dials = h.Dialer.All.Count;
        Assert.True(dials > 200, $"{dials} dials: they nearly stopped.");

        h.Run(h.Manager.SetTargetOutboundAsync(1)); // Nothing is wanted.
        h.Run(h.Manager.RemoveAsync(h.Connected[0].Request.Id));
        h.Advance(2 * Minute, 500 * Ms);
        Assert.True(h.Snapshot.IsOutage); // Now nothing speaks for the route.
        h.Stop();
    }

    [Fact]
    public void NoWayOut_IsAnOutageThoughAConnectionStands()
    {
        var h = Dialing(2, onDial: null);
        h.Dialer.All[0].Succeed();
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.Unreachable);
        h.Dialer.All[1].Fail(ConnectFailureCause.Unreachable);
        h.Settle();
        h.Advance(5 * Second, 500 * Ms);
        Assert.True(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Theory]
    [InlineData(ConnectFailureCause.Unknown)]
    [InlineData(ConnectFailureCause.NameNotFound)]
    [InlineData(ConnectFailureCause.ProtocolViolation)]
    [InlineData(ConnectFailureCause.Reset)]
    public void OtherCauses_ProveNothingAboutTheNetwork(ConnectFailureCause cause)
    {
        var h = Failing(cause, 100);
        Assert.False(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Fact]
    public void AnAnswerInBetween_BeginsTheCountAnew()
    {
        var h = NoSource();
        for (var i = 0; i < 100; i++)
        {
            h.Manager.Connect(h.NewAddress());
            h.Settle();
            h.Dialer.All[^1].Fail(i % 24 == 23 ? ConnectFailureCause.Refused : ConnectFailureCause.Timeout);
        }

        Assert.False(h.Snapshot.IsOutage);
        h.Stop();
    }

    [Fact]
    public void AnOutageOfIPv6_LeavesIPv4Alone()
    {
        var n = 0;
        var h = Dialing(8, options =>
        {
            var ipv4 = options.GetNewAddress!;
            options.GetNewAddress = async token => n++ % 2 == 0 ? Ip($"[2a01:{n:x}::1]:8333") : await ipv4(token);
        });
        h.Dialer.Pending.ToList().ForEach(Answer);
        h.Dialer.OnDial = Answer;
        h.Advance(10 * Second);
        Assert.Equal(8, h.Automatic);
        Assert.False(h.Snapshot.IsOutage);
        h.Stop();

        static void Answer(FakeDialer.Dial dial)
        {
            if (dial.EndPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 })
                dial.Fail(ConnectFailureCause.Unreachable);
            else
                dial.Succeed();
        }
    }

    /// <summary>IPv6 has no route, and the source gives addresses of it as long as they are wanted.</summary>
    private static ManagerHarness OfTwoFamilies(int target, Action<FakeDialer.Dial> ofIPv4)
    {
        ManagerHarness? h = null;
        var next = 0;
        var source = new FakeSource((request, _) => ValueTask.FromResult<Candidate?>(new Candidate(
            request.Networks.HasFlag(AddressNetworks.IPv6) ? Ip($"[2a01:{++next:x}::1]:8333") : h!.NewAddress())));
        h = new ManagerHarness(options => (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, target));
        h.Dialer.OnDial = dial =>
        {
            if (dial.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                dial.Fail(ConnectFailureCause.Unreachable);
            else
                ofIPv4(dial);
        };
        return h.Start();
    }

    private static int DialsOfIPv6(ManagerHarness h) => h.Dialer.All.Count(static dial => dial.EndPoint.AddressFamily == AddressFamily.InterNetworkV6);

    private static ManagerHarness Failing(ConnectFailureCause cause, int times)
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Fail(cause);
        for (var i = 0; i < times; i++)
            h.Manager.Connect(h.NewAddress());
        h.Settle();
        return h;
    }
}
