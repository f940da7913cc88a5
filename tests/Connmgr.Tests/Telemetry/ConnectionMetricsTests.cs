using System.Diagnostics.Metrics;
using System.Net;
using Connmgr.Tests.Connections;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Telemetry;

/// <summary>What single events measure. That the numbers of connections are right whatever happens is held by ShellPropertyTests.</summary>
public sealed class ConnectionMetricsTests : IDisposable
{
    private readonly MeterRecorder _recorder = new();
    private readonly List<Connection> _accepted = [];
    private readonly FakeListener _listener = new();

    public void Dispose() => _recorder.Dispose();

    [Fact]
    public void DialAndHandshake_OfAConnection_TakeTheirTimes()
    {
        var handshake = new TaskCompletionSource();
        var h = NoSource(options =>
        {
            Measured(options);
            options.Handshake = (_, _) => new ValueTask(handshake.Task);
        });
        h.Manager.Connect(Ip("8.8.8.8"), permanent: true);
        h.Advance(Second);
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.dial.in_flight", ("connmgr.network", "ipv4"), ("connmgr.connection.kind", "permanent"), ("connmgr.instance", "test")));
        h.Dialer.Pending.Single().Succeed();
        h.Advance(2 * Second);
        Assert.Equal(0, _recorder.Collect().Sum("connmgr.dial.in_flight"));
        Assert.Equal(1, _recorder.Sum("connmgr.connections", ("connmgr.connection.state", "handshaking")));
        handshake.SetResult();
        h.Advance(3 * Second);
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.connections", ("connmgr.connection.state", "established"), ("connmgr.connection.direction", "outbound")));
        h.Stop();

        Assert.Equal(1.0, _recorder.Sum("connmgr.dial.duration", ("connmgr.outcome", "success"), ("connmgr.phase", "none")));
        Assert.Equal(2.0, _recorder.Sum("connmgr.handshake.duration", ("connmgr.outcome", "success"), ("connmgr.connection.direction", "outbound")));
        Assert.Equal(3.0, _recorder.Sum("connmgr.connection.duration", ("connmgr.connection.end_reason", "stopped"), ("connmgr.network", "ipv4")));
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.outcome", "success"), ("connmgr.connection.kind", "permanent")));
        Assert.Equal(1, _recorder.Count("connmgr.dial.duration"));
        Assert.Equal(1, _recorder.Count("connmgr.handshake.duration"));
    }

    [Fact]
    public void FailedDials_AreToldByCauseAndPhase_AndUnexpectedOnesByTheirType()
    {
        var h = NoSource(Measured);
        h.Manager.Connect(Ip("8.8.8.8"));
        h.Manager.Connect(new DnsEndPoint("seed.example", 8333));
        h.Manager.Connect(new DnsEndPoint("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333));
        h.Settle();
        foreach (var dial in h.Dialer.Pending.ToList())
        {
            if (dial.EndPoint is IPEndPoint)
                dial.Throw();
            else if (dial.EndPoint is DnsEndPoint { Host: "seed.example" })
                dial.Fail(ConnectFailureCause.NameNotFound, ConnectPhase.Resolve);
        }

        h.Advance(6 * Second); // The last one swallows.
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.network", "ipv4"), ("connmgr.outcome", "unknown"), ("error.type", "System.InvalidOperationException")));
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.network", "name"), ("connmgr.outcome", "name_not_found"), ("connmgr.phase", "resolve")));
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.network", "onion"), ("connmgr.outcome", "timeout"), ("connmgr.phase", "tcp")));
        Assert.Equal(5.0, _recorder.Sum("connmgr.dial.duration", ("connmgr.outcome", "timeout")));
        Assert.Equal(3, _recorder.Count("connmgr.dial.duration"));
        Assert.Equal(1, _recorder.All.Count(static series => series.Tags.ContainsKey("error.type")));
        h.Stop();
    }

    /// <summary>The remote address of a name turns out to be in use: its dial succeeded, the attempt did not, and each is measured once.</summary>
    [Fact]
    public void DuplicateFoundAfterTheDial_IsMeasuredOnce()
    {
        var h = NoSource(Measured);
        h.Dialer.OnDial = static dial => dial.Succeed(Ip("8.8.8.8"));
        h.Manager.Connect(Ip("8.8.8.8"));
        h.Manager.Connect(new DnsEndPoint("same.example", 8333));
        h.Settle();
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.outcome", "duplicate_address")));
        Assert.Equal(2, _recorder.Count("connmgr.dial.duration"));
        Assert.Equal(2, _recorder.Sum("connmgr.dial.attempts"));
        h.Stop();
    }

    [Fact]
    public void Limits_ThatForbidADial_AreToldByScope()
    {
        IPEndPoint[] candidates = [Ip("20.0.0.1"), Ip("20.0.0.1"), Ip("20.0.0.2"), Ip("66.6.6.6"), Ip("30.0.0.1")];
        var next = 0;
        var h = Dialing(
            4,
            options =>
            {
                Measured(options);
                options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(next < candidates.Length ? candidates[next++] : null);
                options.Gate = static (endPoint, _) => endPoint.Equals(Ip("66.6.6.6")) ? GateVerdict.Refuse : GateVerdict.Allow;
            },
            static dial =>
            {
                if (dial.EndPoint.Equals(Ip("30.0.0.1")))
                    dial.Fail();
                else
                    dial.Succeed();
            });
        Assert.Equal(1, h.Automatic);
        Assert.Equal(1, _recorder.Sum("connmgr.limits.blocked", ("connmgr.limit.scope", "duplicate_address")));
        Assert.Equal(1, _recorder.Sum("connmgr.limits.blocked", ("connmgr.limit.scope", "netgroup_limit")));
        Assert.Equal(1, _recorder.Sum("connmgr.limits.blocked", ("connmgr.limit.scope", "gate_refused")));
        Assert.Equal(3, _recorder.Sum("connmgr.limits.blocked"));
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.dial.backoff.addresses"));
        h.Advance(6 * Second);
        Assert.Equal(0, _recorder.Collect().Sum("connmgr.dial.backoff.addresses"));
        Assert.Equal(1, _recorder.Count("connmgr.dial.backoff.addresses"));
        h.Stop();
    }

    [Fact]
    public void Inbound_AcceptedRefusedEvicted_AreCounted()
    {
        var h = Listening(_listener, _accepted, options =>
        {
            Measured(options);
            options.MaxInbound = 100;
            options.InboundLimits.MaxPerHost = 2;
            options.InboundLimits.AcceptBurst = 10;
            options.Gate = static (endPoint, _) => endPoint is IPEndPoint { Port: 666 } ? GateVerdict.Refuse : GateVerdict.Allow;
        });
        foreach (var remote in new[] { "20.0.0.1:1", "20.0.0.1:2", "20.0.0.1:3", "20.0.0.2:666", "[2001:db8::1]:5" })
        {
            _listener.Connect(IPEndPoint.Parse(remote));
            h.Settle();
        }

        Assert.Equal(2, _recorder.Sum("connmgr.inbound.accepted", ("connmgr.network", "ipv4")));
        Assert.Equal(1, _recorder.Sum("connmgr.inbound.accepted", ("connmgr.network", "ipv6")));
        Assert.Equal(1, _recorder.Sum("connmgr.inbound.rejected", ("connmgr.reason", "host_limit")));
        Assert.Equal(1, _recorder.Sum("connmgr.inbound.rejected", ("connmgr.reason", "gate_refused")));
        Assert.Equal(0, _recorder.Sum("connmgr.dial.attempts"));
        Assert.Equal(3, _recorder.Collect().Sum("connmgr.connections", ("connmgr.connection.kind", "inbound"), ("connmgr.connection.direction", "inbound")));
        Assert.Equal(100, _recorder.Sum("connmgr.connections.max_inbound"));
        h.Stop();
    }

    [Fact]
    public void HandlerThatThrows_IsToldByTheTypeOfItsException()
    {
        var h = NoSource(Measured);
        h.Handler = static (_, _) => throw new FormatException("by the test");
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("8.8.8.8"));
        h.Settle();
        Assert.Equal(1, _recorder.Count("connmgr.connection.duration", ("connmgr.connection.end_reason", "handler_failed"), ("error.type", "System.FormatException")));
        h.Stop();
    }

    [Fact]
    public void Routes_InAnOutage_AreNotReachable_AndProxiesAreNotNamed()
    {
        var h = NoSource(options =>
        {
            Measured(options);
            options.GetProxy = static endPoint => endPoint is DnsEndPoint ? "127.0.0.1:9050" : null;
        });
        h.Dialer.OnDial = static dial =>
        {
            if (dial.EndPoint is DnsEndPoint)
                dial.Succeed(new IPEndPoint(IPAddress.Loopback, 1));
            else
                dial.Fail(ConnectFailureCause.Unreachable);
        };
        h.Manager.Connect(new DnsEndPoint("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333));
        for (var i = 0; i < 24; i++)
            h.Manager.Connect(h.NewAddress());
        h.Settle();
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.reachability.state", ("connmgr.route", "ipv4")));
        h.Manager.Connect(h.NewAddress());
        h.Settle();
        Assert.Equal(0, _recorder.Collect().Sum("connmgr.reachability.state", ("connmgr.route", "ipv4")));
        Assert.Equal(1, _recorder.Sum("connmgr.reachability.state", ("connmgr.route", "proxy")));
        Assert.Equal(2, _recorder.Count("connmgr.reachability.state"));
        h.Stop();
    }

    [Fact]
    public void Watcher_ThatFallsBehind_LosesEventsThatAreCounted()
    {
        var h = NoSource(Measured);
        using var watcher = h.Manager.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken) is { } events
            ? Begin(events)
            : null;
        for (var i = 0; i < 600; i++)
            h.Run(h.Manager.SetTargetOutboundAsync(i));
        Assert.Equal(0, _recorder.Sum("connmgr.events.dropped"));
        for (var i = 0; i < 600; i++)
            h.Run(h.Manager.SetTargetOutboundAsync(i));
        Assert.InRange(_recorder.Sum("connmgr.events.dropped"), 170, 180); // 1,200 events, a buffer of 1,024, and what the reader has taken.
        h.Stop();

        static IDisposable? Begin(IAsyncEnumerator<ConnectionEvent> events)
        {
            _ = events.MoveNextAsync().AsTask();
            return null;
        }
    }

    [Fact]
    public void RoundTrips_OfBothDirections_AreMeasured()
    {
        var h = Listening(_listener, _accepted, Measured);
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("8.8.8.8"));
        _listener.Connect();
        h.Settle();
        _accepted.Single().ReportRoundTrip(100 * Ms);
        h.Connected.Single().Connection.ReportRoundTrip(250 * Ms);
        Assert.Equal(0.1, _recorder.Sum("connmgr.peer.round_trip", ("connmgr.connection.direction", "inbound")));
        Assert.Equal(0.25, _recorder.Sum("connmgr.peer.round_trip", ("connmgr.connection.direction", "outbound")));
        h.Stop();
    }

    /// <summary>A counter that went up before would miss it, and go below zero when it ends.</summary>
    [Fact]
    public void ListenerThatComesLate_SeesWhatIs()
    {
        using var late = new MeterRecorder(listens: false);
        var h = Full(3, options => options.MeterFactory = late);
        late.Listen();
        Assert.Equal(3, late.Collect().Sum("connmgr.connections", ("connmgr.instance", "default")));
        h.Run(h.Manager.SetTargetOutboundAsync(1));
        Assert.Equal(1, late.Collect().Sum("connmgr.connections"));
        h.Stop();
    }

    [Fact]
    public void Groups_Changed_AreMeasuredByTheirNames()
    {
        var h = Full(3, options => (options.MeterFactory, options.OutboundGroups, options.TargetOutbound) = (_recorder, [new("one", 1), new("other", 2)], new ConnectionManagerOptions().TargetOutbound));
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.group.connections", ("connmgr.group", "one")));
        Assert.Equal((2, 2), (_recorder.Sum("connmgr.group.connections", ("connmgr.group", "other")), _recorder.Sum("connmgr.group.target", ("connmgr.group", "other"))));
        h.Run(h.Manager.SetOutboundGroupsAsync([new("other", 1), new("third", 0)]));
        Assert.Equal(1, _recorder.Collect().Sum("connmgr.group.connections"));
        Assert.Equal((1, 1), (_recorder.Sum("connmgr.group.connections", ("connmgr.group", "other")), _recorder.Sum("connmgr.group.target")));
        h.Stop();
    }

    [Fact]
    public void TwoManagers_OnOneMeter_ShareItsInstrumentsAndAreToldApart()
    {
        var mainnet = Full(2, options => (options.MeterFactory, options.InstanceName) = (_recorder, "mainnet"));
        var signet = Full(3, options => (options.MeterFactory, options.InstanceName) = (_recorder, "signet"));
        Assert.Equal(2, _recorder.Collect().Sum("connmgr.connections", ("connmgr.instance", "mainnet")));
        Assert.Equal(3, _recorder.Sum("connmgr.connections", ("connmgr.instance", "signet")));
        Assert.Equal(3, _recorder.Sum("connmgr.connections.target", ("connmgr.instance", "signet")));
        mainnet.Stop();
        Assert.Equal(3, _recorder.Collect().Sum("connmgr.connections"));
        signet.Stop();
    }

    [Fact]
    public void ListenerThatThrows_HarmsNobody()
    {
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _recorder))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => throw new InvalidOperationException("by the test"));
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => throw new InvalidOperationException("by the test"));
        listener.Start();
        var h = Full(3, Measured);
        h.Advance(Second);
        Assert.Equal(3, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void Events_WhenNobodyListens_AllocateNothing()
    {
        using var deaf = new MeterRecorder(listens: false);
        var h = Full(1, options => options.MeterFactory = deaf);
        var connection = h.Connected.Single().Connection;
        var (metrics, outcome, reason) = (h.Manager.Metrics, new AttemptOutcome { RequestId = 1, EndPoint = null }, new DisconnectReason(DisconnectCause.Closed));
        metrics.Closed(connection, reason);
        Assert.Equal(0, Allocations.Least(() =>
        {
            metrics.DialBegan(connection);
            metrics.HandshakeBegan(connection);
            metrics.Established(connection, outcome);
            metrics.RoundTrip(connection, Second);
            metrics.Closed(connection, reason);
            metrics.DialBegan(connection);
            metrics.AttemptEnded(connection, outcome);
            metrics.Refused(ConnectFailureCause.FloodLimit);
            metrics.NotDialed(ConnectFailureCause.GateRefused);
            metrics.EventDropped();
            metrics.Settled();
        }));
    }

    [Fact]
    public void Events_WhenSomebodyListens_AllocateNothingEither()
    {
        using var listener = new MeterListener();
        using var deaf = new MeterRecorder(listens: false);
        var measured = 0;
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, deaf))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measured++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured++);
        listener.Start();
        var h = Full(1, options => options.MeterFactory = deaf);
        var (metrics, before) = (h.Manager.Metrics, measured);
        Assert.Equal(0, Allocations.Least(() =>
        {
            metrics.Refused(ConnectFailureCause.FloodLimit);
            metrics.NotDialed(ConnectFailureCause.GateRefused);
        }));
        Assert.True(measured > before);
        h.Stop();
    }

    [Theory]
    [InlineData("1.2.3.4:1", "ipv4")]
    [InlineData("[::ffff:1.2.3.4]:1", "ipv4")]
    [InlineData("[2001:db8::1]:1", "ipv6")]
    [InlineData("[fc00::1]:1", "cjdns")]
    [InlineData("[fd00::1]:1", "ipv6")]
    [InlineData("x.onion", "onion")]
    [InlineData("X.ONION.", "onion")]
    [InlineData("x.b32.i2p", "i2p")]
    [InlineData("seed.example", "name")]
    [InlineData(null, "other")]
    public void Network_OfAnEndPoint_IsOneOfAFew(string? endPoint, string network) => Assert.Equal(network, NetworkWords.Text(NetworkWords.Of(
        endPoint is null ? null : IPEndPoint.TryParse(endPoint, out var ip) ? ip : (EndPoint)new DnsEndPoint(endPoint, 1))));

    [Fact]
    public void InstanceName_ThatIsEmpty_IsAnError() =>
        Assert.Contains("InstanceName", Assert.Throws<ArgumentException>(() => Without(static options => options.InstanceName = string.Empty)).Message, StringComparison.Ordinal);

    private void Measured(ConnectionManagerOptions options) => (options.MeterFactory, options.InstanceName) = (_recorder, "test");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFailureOfACauseThatThereIsNot_CountsAsUnknown(bool inHandshake)
    {
        static ConnectFailedException Odd() => new((ConnectPhase)77, (ConnectFailureCause)(-3), "made up by the test");
        var h = NoSource(options =>
        {
            Measured(options);
            if (inHandshake)
                options.Handshake = static (_, _) => throw Odd();
        });
        h.Dialer.OnDial = dial => _ = inHandshake ? dial.Succeed() : null;
        var request = h.Manager.Connect(Ip("8.8.8.8"));
        h.Settle();
        foreach (var dial in h.Dialer.Pending.ToList())
            dial.Result.SetException(Odd());
        var outcome = h.Run(request.FirstOutcome);
        h.Stop();
        Assert.Equal((ConnectFailureCause.Unknown, inHandshake ? ConnectPhase.Handshake : ConnectPhase.Tcp), (outcome.Cause, outcome.Phase));
        Assert.Equal(1, _recorder.Sum("connmgr.dial.attempts", ("connmgr.outcome", "unknown")));
    }

    [Fact]
    public void ErrorTypeOf_ACauseThatThereIsNot_IsTheType() => Assert.Equal(
        typeof(ConnectFailedException).FullName,
        Spans.GetErrorType(new ConnectFailedException((ConnectPhase)77, (ConnectFailureCause)(-3), "made up by the test")));
}
