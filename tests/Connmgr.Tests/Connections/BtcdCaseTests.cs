using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>
/// The tests of btcd's connection manager (connmanager_test.go) as black-box cases, each under its name there, in virtual time. Where this
/// manager differs on purpose, the test's name says so.
/// </summary>
public class BtcdCaseTests
{
    private static readonly IPEndPoint Somewhere = new(IPAddress.Loopback, 18555);

    [Fact]
    public async Task TestNewConfig_WithoutDial_IsAnErrorThatNamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => new ConnectionManager(new()));
        Assert.Contains("Dial is missing", error.Message, StringComparison.Ordinal);

        await using var manager = new ConnectionManager(new() { Dial = new FakeDialer().DialAsync });
    }

    [Fact]
    public void TestInboundLimit_SlotIsReleasedOnce()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Inbound(2, accepted, listener);

        var streams = Enumerable.Range(0, 3).Select(_ => listener.Connect()).ToList();
        h.Settle();
        Assert.Equal([0, 0, 1], streams.Select(stream => stream.Disposals));
        Assert.Equal(2, h.Snapshot.Count(ConnectionKind.Inbound));

        accepted[0].Close();
        accepted[0].Close();
        Assert.Equal(1, h.Snapshot.Count(ConnectionKind.Inbound));

        var fourth = listener.Connect();
        Assert.Equal(2, h.Snapshot.Count(ConnectionKind.Inbound));
        Assert.Equal(0, fourth.Disposals);

        accepted.ForEach(connection => connection.Close());
        Assert.Equal(0, h.Snapshot.Count(ConnectionKind.Inbound));
        h.Stop();
    }

    [Fact]
    public async Task TestInboundLimitDisabled_ZeroRefusesEveryone()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Inbound(0, accepted, listener);
        var events = new EventRecorder(h.Manager);

        var stream = listener.Connect();
        h.Settle();

        Assert.Empty(accepted);
        Assert.Equal(1, stream.Disposals);
        h.Stop();
        Assert.Equal(ConnectFailureCause.ConnectionLimit, Assert.Single(await events.AllAsync<InboundRefused>()).Cause);
    }

    [Fact]
    public void TestInboundLimitConcurrent_NeverMoreThanTheLimit()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Inbound(8, accepted, listener);

        for (var i = 0; i < 100; i++)
            listener.Connect();
        h.Settle();

        Assert.Equal(8, accepted.Count);
        Assert.Equal(8, h.Snapshot.Count(ConnectionKind.Inbound));
        Assert.Equal(92, listener.Streams.Count(stream => stream.Disposals == 1));
        accepted.ForEach(connection => connection.Close());
        Assert.Equal(0, h.Snapshot.Count(ConnectionKind.Inbound));
        h.Stop();
    }

    /// <summary>btcd calls no OnDisconnection at all at a stop; here every connection gets exactly one.</summary>
    [Fact]
    public void TestStartStop_ExactlyOneOnDisconnectionPerConnection()
    {
        var h = new ManagerHarness(options =>
        {
            options.TargetOutbound = 1;
            options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(Somewhere);
        });
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        var live = Assert.Single(h.Connected).Request.Id;

        h.Stop();
        h.Stop();
        var late = h.Manager.Connect(Somewhere, permanent: true);
        Assert.Equal(ConnectionState.Canceled, late.State);
        Assert.Equal(ConnectFailureCause.Stopped, h.Run(late.FirstOutcome).Cause);
        Assert.False(h.Run(h.Manager.DisconnectAsync(live)));
        Assert.False(h.Run(h.Manager.RemoveAsync(live)));
        h.Advance(10 * Ms, Ms);

        Assert.Equal(["OnConnection 1", "OnDisconnection 1"], h.Calls);
        Assert.Single(h.Dialer.All);
    }

    [Fact]
    public void TestConnectMode_OnlyWhatWasAskedFor()
    {
        var h = Without(options => options.TargetOutbound = 2);
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();

        var request = h.Manager.Connect(Somewhere, permanent: true);
        h.Advance(Ms, Ms);

        Assert.Same(request, Assert.Single(h.Connected).Request);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    /// <summary>btcd's test connects ten times to one address; here that is a policy of its own.</summary>
    [Fact]
    public void TestTargetOutbound_WithOneAddress_NeedsAllowDuplicateAddresses()
    {
        foreach (var (allow, expected) in new[] { (true, 10), (false, 1) })
        {
            var h = new ManagerHarness(options =>
            {
                options.TargetOutbound = 10;
                options.AllowDuplicateAddresses = allow;
                options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(Somewhere);
            });
            h.Dialer.OnDial = dial => dial.Succeed();
            h.Start();
            h.Advance(Ms, Ms);

            Assert.Equal(expected, h.Connected.Count);
            h.Stop();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TestTargetOutboundComposition_PermanentRequestsAreAdditional(bool registeredBeforeStart)
    {
        var h = new ManagerHarness(options => options.TargetOutbound = 3);
        h.Dialer.OnDial = dial => dial.Succeed();
        if (!registeredBeforeStart)
            h.Start();
        var requests = Enumerable.Range(0, 2).Select(_ => h.Manager.Connect(h.NewAddress(), permanent: true)).ToArray();
        Assert.All(requests, request => Assert.NotEqual(0, request.Id));
        if (registeredBeforeStart)
        {
            h.Settle();
            Assert.Empty(h.Dialer.All);
            h.Start();
        }

        h.Advance(10 * Ms, Ms);

        Assert.Equal(3, h.Snapshot.Count(ConnectionKind.Automatic));
        Assert.Equal(2, h.Snapshot.Count(ConnectionKind.Permanent));
        Assert.Equal(5, h.Connected.Count);
        h.Stop();
    }

    [Fact]
    public void TestRetryPermanent_PendingAfterDisconnectDisconnectedAfterRemove()
    {
        var h = Without(options =>
        {
            options.TargetOutbound = 1;
            options.RetryDuration = Ms;
        });
        h.Dialer.OnDial = dial => dial.Succeed();
        var request = h.Manager.Connect(Somewhere, permanent: true);
        h.Start();
        Assert.Equal(ConnectionState.Established, request.State);

        Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));
        Assert.Equal((request, ConnectionState.Pending), (h.Disconnected[0].Request, h.Disconnected[0].State));
        h.Advance(Ms, Ms);
        Assert.Equal(ConnectionState.Established, request.State);
        Assert.Equal(2, h.Connected.Count);

        Assert.True(h.Run(h.Manager.RemoveAsync(request.Id)));
        Assert.Equal((request, ConnectionState.Disconnected), (h.Disconnected[1].Request, h.Disconnected[1].State));
        h.Stop();
    }

    [Fact]
    public void TestMaxRetryDuration_CapsThePauses()
    {
        var h = Without(options =>
        {
            options.RetryDuration = Ms;
            options.MaxRetryDuration = 2 * Ms;
        });
        var start = h.Time.GetUtcNow();
        h.Dialer.OnDial = dial =>
        {
            if (h.Time.GetUtcNow() - start < 5 * Ms)
                dial.Fail();
            else
                dial.Succeed();
        };
        var request = h.Manager.Connect(Somewhere, permanent: true);
        h.Start();
        h.Advance(8 * Ms, TimeSpan.FromMicroseconds(100));

        Assert.Equal(ConnectionState.Established, request.State); // btcd allows 100 ms; 5 ms of failures and one pause are enough.
        h.Stop();
    }

    /// <summary>
    /// btcd's dialler throws an error of no known cause, for one address: that address rests for RetryDuration. When the causes say
    /// that the network gives no answer, the outage rule bounds the dials, whatever the addresses.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TestNetworkFailure_DialsAreBoundedByRestingAddressesAndByTheOutageRule(bool oneAddress)
    {
        var h = new ManagerHarness(options =>
        {
            options.TargetOutbound = 5;
            options.RetryDuration = 5 * Ms;
            options.AllowDuplicateAddresses = true;
            if (oneAddress)
                options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(Somewhere);
        });
        h.Dialer.OnDial = dial =>
        {
            if (oneAddress)
                dial.Throw();
            else
                dial.Fail(ConnectFailureCause.Unreachable);
        };
        h.Start();
        h.Advance(10 * Ms, Ms);
        h.Stop();

        Assert.Empty(h.Connected);
        Assert.InRange(h.Dialer.All.Count, 3, 75);
    }

    [Fact]
    public void TestStopFailed_FailureDuringTheStopIsNotRetried()
    {
        var h = Without();
        h.Dialer.OnDial = dial => dial.IgnoresToken = true;
        h.Manager.Connect(Somewhere, permanent: true);
        h.Start();

        h.Manager.RequestStop();
        h.Advance(Ms, Ms);
        Assert.False(h.Manager.Completion.IsCompleted);
        Assert.Single(h.Dialer.All).Fail();
        h.Settle();

        Assert.True(h.Manager.Completion.IsCompletedSuccessfully);
        h.Advance(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1));
        Assert.Single(h.Dialer.All);
    }

    [Fact]
    public void TestRemovePendingConnection_EndsCanceled()
    {
        var h = Without();
        h.Start();
        var request = h.Manager.Connect(Somewhere, permanent: true);
        h.Advance(10 * Ms, Ms);
        Assert.Equal(ConnectionState.Pending, request.State);

        Assert.True(h.Run(h.Manager.RemoveAsync(request.Id)));
        Assert.Equal(ConnectionState.Canceled, request.State);
        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);
        h.Stop();
    }

    /// <summary>btcd keeps a failed one-off as Failing until it is removed. Here it has ended, and its id is unknown.</summary>
    [Fact]
    public void TestCancelIgnoreDelayedConnection_FailedOneOffHasEndedAndRemoveReportsAnUnknownId()
    {
        var h = Without(options => options.RetryDuration = 10 * Ms);
        h.Dialer.OnDial = dial => dial.Fail();
        h.Start();
        var request = h.Manager.Connect(Somewhere);
        h.Advance(20 * Ms, Ms);
        Assert.Equal(ConnectionState.Canceled, request.State);
        Assert.False(h.Run(h.Manager.RemoveAsync(request.Id)));

        h.Dialer.OnDial = dial => dial.Succeed();
        h.Advance(50 * Ms, Ms);

        Assert.Empty(h.Connected);
        Assert.Single(h.Dialer.All);
        Assert.Equal(ConnectionState.Canceled, request.State);
        h.Stop();
    }

    [Fact]
    public void TestListeners_EveryListenerAccepts()
    {
        FakeListener[] listeners = [new(), new()];
        var accepted = new List<Connection>();
        var h = Listening(listeners[0], accepted, options => options.Listeners.Add(listeners[1]));

        foreach (var listener in listeners)
        {
            listener.Connect();
            listener.Connect();
        }

        h.Settle();
        Assert.Equal(4, accepted.Count);
        h.Stop();
        Assert.All(listeners, listener => Assert.Equal(1, listener.Disposals));
        Assert.All(listeners.SelectMany(listener => listener.Streams), stream => Assert.Equal(1, stream.Disposals));
    }

    [Fact]
    public async Task TestListenerInboundLimit_FreeSlotIsUsedAgain()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Inbound(1, accepted, listener);
        var events = new EventRecorder(h.Manager);

        listener.Connect();
        h.Settle();
        Assert.Single(accepted);
        listener.Connect();
        h.Settle();
        Assert.Single(accepted);
        accepted[0].Close();
        h.Settle();
        listener.Connect();
        h.Settle();

        Assert.Equal([10001, 10003], accepted.Select(connection => ((IPEndPoint)connection.RemoteEndPoint!).Port));
        h.Stop();
        Assert.Single(await events.AllAsync<InboundRefused>());
    }

    private static ManagerHarness Inbound(int? max, List<Connection> accepted, FakeListener listener) =>
        Listening(listener, accepted, options => options.MaxInbound = max);
}
