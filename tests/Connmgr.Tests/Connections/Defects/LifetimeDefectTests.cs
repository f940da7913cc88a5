using System.Runtime.CompilerServices;
using Connmgr.Rules;
using Microsoft.Extensions.Logging.Abstractions;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D8, D9, D14, D15, D18, D19: dials that end, stops that leave nothing, callbacks in order, tables that do not grow.</summary>
public class LifetimeDefectTests
{
    /// <summary>The system's network is observed once the manager is whole: a message that came earlier would find no loop, and a constructor that failed would stay subscribed for good.</summary>
    [Fact]
    public void Constructor_ThatFails_LeavesNoSubscription()
    {
        var options = Fail();
        for (var i = 0; i < 10 && options.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(options.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Fail()
        {
            var time = new TimerlessTime();
            Assert.Throws<NotSupportedException>(() => new ConnectionManager(new() { Dial = static (_, _) => new(Stream.Null), TimeProvider = time, ObserveNetworkChanges = true }));
            return new WeakReference(time);
        }
    }

    [Fact]
    public void D08_ADialThatHangs_IsCancelledAtTheTimeout()
    {
        var h = NoSource();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Advance(5 * Second - Ms, Ms);
        Assert.False(h.Dialer.All[0].Token.IsCancellationRequested);
        h.Advance(Ms, Ms);

        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);
        var outcome = h.Run(request.FirstOutcome);
        Assert.Equal((ConnectFailureCause.Timeout, 5 * Second), (outcome.Cause, outcome.Duration));
        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void D08_RemoveAndStop_CancelADial(bool remove)
    {
        var h = NoSource();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        if (remove)
            Assert.True(h.Run(h.Manager.RemoveAsync(request.Id)));
        else
            h.Stop();
        Assert.True(Assert.Single(h.Dialer.All).Token.IsCancellationRequested);
        h.Stop();
    }

    [Fact]
    public void D09_ADialThatSucceedsAfterTheStop_IsDisposedAndWaitedFor()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.IgnoresToken = true;
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        var stop = h.Manager.StopAsync(CancellationToken.None);
        h.Settle();
        Assert.False(stop.IsCompleted);

        var late = h.Dialer.All[0].Succeed();
        h.Run(stop);

        Assert.Equal(1, late.Disposals);
        Assert.Empty(h.Connected);
    }

    [Fact]
    public void D09_Stop_ClosesWhatIsEstablishedAndWaitsForHandlersAndCallbacks()
    {
        var h = Full(3);
        var callback = new TaskCompletionSource();
        var last = Full(1, options => options.OnDisconnection = (_, _) => callback.Task);
        h.Stop();
        Assert.Equal(3, h.Disconnected.Count);

        var stop = last.Manager.StopAsync(CancellationToken.None);
        last.Settle();
        Assert.False(stop.IsCompleted);
        Assert.Equal(1, last.Dialer.Streams[0].Disposals);
        callback.SetResult();
        last.Run(stop);
    }

    [Fact]
    public void D14_AThousandWaitingRequests_TakeOneTimerAndLeaveNothingBehind()
    {
        CountingTimeProvider? time = null;
        var h = NoSource(options => options.TimeProvider = time = new CountingTimeProvider(options.TimeProvider));
        h.Dialer.OnDial = dial => dial.Fail();
        for (var i = 0; i < 1_000; i++)
            h.Manager.Connect(h.NewAddress(), permanent: true);
        h.Advance(10 * Second, Second);

        Assert.Equal(1, time!.Timers);
        h.Stop();
        Assert.Equal(0, time.Timers);
        var dials = h.Dialer.All.Count;
        h.Advance(10 * Minute, Minute);
        Assert.Equal(dials, h.Dialer.All.Count);
    }

    [Fact]
    public void D15_OnDisconnection_FollowsTheHandlerOfTheSameConnection()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Succeed();
        var handler = new TaskCompletionSource();
        h.Handler = (_, _) => handler.Task;
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        h.Run(h.Manager.DisconnectAsync(request.Id));
        Assert.Equal(["OnConnection 1"], h.Calls);

        handler.SetResult();
        h.Settle();
        Assert.Equal(["OnConnection 1", "OnDisconnection 1"], h.Calls);
        h.Stop();
    }

    [Fact]
    public void D15_CallbacksThatThrow_EndTheirConnectionAlone()
    {
        var throws = true;
        var listener = new FakeListener();
        var h = Full(2, options =>
        {
            options.MaxInbound = 1;
            options.Listeners = [listener];
            options.OnAccept = (_, _) => throw new InvalidOperationException("OnAccept");
            options.OnDisconnection = (_, _) => throw new InvalidOperationException("OnDisconnection");
        });
        var bystander = h.Connected[0].Request;
        h.Handler = (connection, _) => throws ? throw new InvalidOperationException("OnConnection") : connection.Closed;
        h.Run(h.Manager.RemoveAsync(h.Connected[1].Request.Id)); // Its successors are handed to a handler that throws.
        var first = listener.Connect();
        h.Settle();
        var second = listener.Connect();
        h.Settle();

        Assert.Equal(1, first.Disposals);
        Assert.Equal(1, second.Disposals); // Admitted, which proves that the slot of the first was free again.
        Assert.Equal(0, h.Snapshot.Count(ConnectionKind.Inbound));
        Assert.Equal(ConnectionState.Established, bystander.State);
        throws = false;
        h.Advance(10 * Second, Second);
        Assert.Equal(2, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void D18_CallsBeforeStart_AnswerAtOnce()
    {
        var h = Without();
        h.Dialer.OnDial = dial => dial.Succeed();
        var kept = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        var removed = h.Manager.Connect(Ip("2.2.3.4"), permanent: true);
        Assert.True(h.Run(h.Manager.RemoveAsync(removed.Id)));
        Assert.True(h.Run(h.Manager.DisconnectAsync(kept.Id)));
        Assert.False(h.Run(h.Manager.DisconnectAsync(99)));
        Assert.Empty(h.Dialer.All);

        h.Start();
        Assert.Equal(ConnectionState.Established, kept.State);
        Assert.Single(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public async Task D18_CallsAfterStop_SayThatItHasStopped()
    {
        var h = NoSource();
        h.Stop();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        Assert.Equal(ConnectFailureCause.Stopped, h.Run(request.FirstOutcome).Cause);
        Assert.Equal(ConnectFailureCause.Stopped, h.Run(h.Manager.NewConnectionRequest().FirstOutcome).Cause);
        Assert.False(await h.Manager.RemoveAsync(request.Id));
        await h.Manager.SetTargetOutboundAsync(3);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => h.Manager.StartAsync(CancellationToken.None));
        Assert.Contains("can't be started again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void D19_RemovedRequestsThatWaitedForASourceThatHangs_LeaveTheTables()
    {
        var options = new ConnectionManagerOptions
        {
            Dial = new FakeDialer().DialAsync,
            GetNewAddress = static _ => throw new NotSupportedException(),
            Random = new Random(1),
        }.Normalize();
        var rules = new ConnectionRules(RulesOptionsFactory.Create(options, new GuardedCallbacks(options, NullLogger.Instance)), new IdSequence());
        rules.Start(TimeSpan.Zero);
        rules.ConnectFromSource(new Request(100, ConnectionKind.OneOff, endPoint: null), TimeSpan.Zero);
        for (var id = 101; id < 1_000; id++)
        {
            rules.ConnectFromSource(new Request(id, ConnectionKind.OneOff, endPoint: null), TimeSpan.Zero);
            Assert.True(rules.Remove(id, TimeSpan.Zero));
        }

        Assert.Equal(1, rules.WaitingOneOffs);
        Assert.Single(rules.Requests);
    }

    [Fact]
    public void D19_FailedOneOffsWithoutASource_LeaveTheTables()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Fail();
        var address = h.NewAddress();
        for (var i = 0; i < 1_000; i++)
        {
            var request = h.Manager.Connect(address);
            h.Settle();
            Assert.Equal(ConnectionState.Canceled, request.State);
        }

        Assert.Equal(1_000, h.Dialer.All.Count); // The address was free again each time.
        Assert.Empty(h.Snapshot.Requests);
        h.Stop();
    }

    private sealed class TimerlessTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();
    }
}
