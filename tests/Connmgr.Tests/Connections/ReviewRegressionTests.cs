using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Defects that a reading of the whole found, each shown to stay away.</summary>
public class ReviewRegressionTests
{
    [Fact]
    public async Task WhenFull_WithoutASource_DoesNotWaitForTheTarget()
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        await SettleAsync(h, h.Manager.WhenFullAsync());
        h.Stop();
    }

    [Fact]
    public async Task WhenFull_TheLastOneMissingIsRemoved_Completes()
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial =>
        {
            if (dial.EndPoint.Equals(Ip("1.2.3.4")))
                dial.Fail();
            else
                dial.Succeed();
        };
        h.Manager.Connect(Ip("5.6.7.8"), permanent: true);
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        var full = h.Manager.WhenFullAsync();
        h.Settle();
        Assert.False(full.IsCompleted);
        h.Run(h.Manager.RemoveAsync(request.Id));
        await SettleAsync(h, full);
        h.Stop();
    }

    [Fact]
    public async Task WhenFull_StoppedBefore_Throws()
    {
        var h = NoSource();
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        var full = h.Manager.WhenFullAsync();
        h.Stop();
        await Assert.ThrowsAsync<InvalidOperationException>(() => SettleAsync(h, full));
    }

    [Fact]
    public void ALateStreamWhoseEndPointsThrow_IsDisposed()
    {
        var late = new TaskCompletionSource<Stream>();
        var stream = new StreamOfUnknownEnds();
        var h = NoSource(options => options.Dial = async (_, _) => await late.Task);
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Advance(6 * Second);
        late.SetResult(stream);
        h.Stop();
        Assert.Equal(1, stream.Disposals);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheGate_IsAskedOfThePlainAddress_HoweverItIsWritten(bool asName)
    {
        var banned = Ip("9.8.7.6");
        EndPoint written = asName ? new DnsEndPoint("9.8.7.6", 8333) : new IPEndPoint(banned.Address.MapToIPv6(), 8333);
        var source = new FakeSource(() => written);
        var h = Dialing(1, options => (options.GetNewAddress, options.AddressSource, options.Gate) =
            (null, source, (endPoint, _) => endPoint.Equals(banned) ? GateVerdict.Refuse : GateVerdict.Allow));
        h.Manager.Connect(written, permanent: true);
        h.Settle();
        Assert.Empty(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void ALiteralAddressWrittenAsAName_CountsForItsOwnRoute()
    {
        ManagerHarness? h = null;
        h = new ManagerHarness(options => options.GetNewAddress = _ =>
        {
            var address = h!.NewAddress();
            return ValueTask.FromResult<EndPoint?>(new DnsEndPoint(address.Address.ToString(), 8333));
        });
        h.Dialer.OnDial = static dial => dial.Fail(ConnectFailureCause.Unreachable);
        h.Start();
        h.Advance(3 * Second);
        Assert.InRange(h.Dialer.All.Count, 25, 27);
        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AHandshakeThatEndsItsConnection_DoesNotHaveTheAddressDialedAgainAtOnce(bool closes)
    {
        ManagerHarness? h = null;
        var source = new FakeSource(() => Ip("1.2.3.4"));
        h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.RetryDuration, options.TargetOutbound) = (null, source, Minute, 1);
            options.Handshake = async (connection, token) =>
            {
                if (closes)
                    connection.Close("too old");
                else
                    _ = h!.Manager.DisconnectAsync(connection.Id, cancellationToken: CancellationToken.None);
                await ForeverAsync(token);
            };
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Start();
        h.Advance(30 * Second);
        Assert.Single(h.Dialer.All);
        var outcome = Assert.Single(source.Reports, report => report.RequestId != 0);
        Assert.Equal(closes ? ConnectFailureCause.ProtocolViolation : ConnectFailureCause.Canceled, outcome.Cause);
        Assert.Equal(closes, outcome.CountsAgainstAddress);
        if (closes)
            Assert.Contains("too old", outcome.Exception!.Message, StringComparison.Ordinal);
        h.Stop();
    }

    [Fact]
    public void Closed_OfAConnectionWhoseHandshakeFailed_Completes()
    {
        Connection? seen = null;
        var h = NoSource(options => options.Handshake = (connection, _) =>
        {
            seen = connection;
            throw new IOException("no handshake today");
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(DisconnectCause.NotEstablished, h.Run(seen!.Closed).Cause);
        h.Stop();
    }

    [Fact]
    public void ABanDuringTheHandshake_KeepsTheConnectionFromItsHandler()
    {
        var isBanned = false;
        var handshake = new TaskCompletionSource();
        var h = NoSource(options =>
        {
            options.Gate = (_, _) => isBanned ? GateVerdict.Refuse : GateVerdict.Allow;
            options.Handshake = async (_, _) => await handshake.Task;
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        isBanned = true;
        handshake.SetResult();
        Assert.Equal(ConnectFailureCause.GateRefused, h.Run(request.FirstOutcome).Cause);
        Assert.Empty(h.Connected);
        h.Stop();
    }

    [Fact]
    public void Request_OfAnAutomaticConnection_IsKnownInItsHandshake()
    {
        ConnectionRequest? seen = null;
        var h = Full(1, options => options.Handshake = (connection, _) =>
        {
            seen = connection.Request;
            return ValueTask.CompletedTask;
        });
        Assert.Same(h.Connected[0].Request, seen);
        h.Stop();
    }

    [Fact]
    public void ATargetThatWasLowered_IsStillRefilledAtOnce()
    {
        var h = Dialing(125, onDial: static dial => dial.Fail());
        h.Advance(10 * Second);
        h.Run(h.Manager.SetTargetOutboundAsync(1));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Advance(Second);
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void NotifyAddressesAvailable_AfterAHundredRefusals_AsksAtOnce()
    {
        var isBanned = true;
        var h = Dialing(1, options => options.Gate = (_, _) => isBanned ? GateVerdict.Refuse : GateVerdict.Allow, static dial => dial.Succeed());
        Assert.Empty(h.Dialer.All);
        isBanned = false;
        h.Manager.NotifyAddressesAvailable();
        h.Settle();
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    [Fact]
    public async Task Suspend_WhatIsSuspendedAlready_TellsNobody()
    {
        var h = NoSource();
        var recorder = new EventRecorder(h.Manager);
        h.Run(h.Manager.ResumeAsync());
        h.Run(h.Manager.SuspendAsync());
        h.Run(h.Manager.SuspendAsync());
        h.Stop();
        Assert.IsType<NetworkSuspended>(Assert.Single(await recorder.AllAsync()));
    }

    [Fact]
    public void AnAcceptThatIgnoresItsToken_DoesNotHoldUpTheStop()
    {
        var listener = new StubbornListener();
        var h = Listening(listener, []);
        h.Settle();
        h.Stop();
    }

    /// <summary>Pumps until a task that also runs on other threads has ended.</summary>
    private static async Task SettleAsync(ManagerHarness h, Task task)
    {
        await Eventually.TrueAsync(() =>
        {
            h.Settle();
            return task.IsCompleted;
        });
        await task;
    }

    private sealed class StreamOfUnknownEnds : MemoryStream, IStreamEndPoints
    {
        public int Disposals { get; private set; }

        public EndPoint? LocalEndPoint => throw new IOException("gone");

        public EndPoint? RemoteEndPoint => throw new IOException("gone");

        protected override void Dispose(bool disposing)
        {
            Disposals++;
            base.Dispose(disposing);
        }
    }

    private sealed class StubbornListener : IConnectionListener
    {
        private readonly TaskCompletionSource<Stream> _accept = new();

        public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 8333);

        public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken) => await _accept.Task;

        public ValueTask DisposeAsync()
        {
            _accept.TrySetException(new ObjectDisposedException("listener"));
            return default;
        }
    }

    [Fact]
    public void TheLoop_EndedByADefect_LeavesNobodyWaiting()
    {
        var h = NoSource();
        var request = h.Manager.Connect(new IncomparableEndPoint());
        var call = h.Manager.RemoveAsync(7);
        var snapshot = h.Manager.GetSnapshotAsync();

        Assert.False(h.Manager.TryPump());

        Assert.True(h.Manager.Completion.IsFaulted);
        Assert.True(call.IsFaulted && snapshot.IsFaulted && request.FirstOutcome.IsCompleted);
    }

    [Fact]
    public void TheEndsOfAStream_AreAskedWithoutALock()
    {
        var queue = new WorkQueue();
        Connection? dialling = null;
        var wasHeld = new List<bool>();
        var manager = new ConnectionManager(
            new() { Dial = (_, _) => new(new AskedStream(() => wasHeld.Add(Monitor.IsEntered(dialling!.Link)))), ObserveNetworkChanges = false },
            (work, state) =>
            {
                dialling = state as Connection ?? dialling;
                queue.Schedule(work, state);
            },
            TaskCreationOptions.None);
        manager.Connect(Ip("1.2.3.4"));
        _ = manager.StartAsync(TestContext.Current.CancellationToken);
        manager.Pump();
        manager.RequestStop();
        while (queue.RunOne())
            manager.Pump();

        Assert.NotEmpty(wasHeld);
        Assert.DoesNotContain(true, wasHeld);
    }

    /// <summary>Tells when it is asked for its ends.</summary>
    private sealed class AskedStream(Action asked) : MemoryStream, IStreamEndPoints
    {
        public EndPoint? LocalEndPoint
        {
            get
            {
                asked();
                return null;
            }
        }

        public EndPoint? RemoteEndPoint
        {
            get
            {
                asked();
                return null;
            }
        }
    }

    /// <summary>It does not even have a hash code.</summary>
    private sealed class IncomparableEndPoint : EndPoint
    {
        public override bool Equals(object? obj) => throw new InvalidOperationException("thrown by the test");

        public override int GetHashCode() => throw new InvalidOperationException("thrown by the test");
    }
}
