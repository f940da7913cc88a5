using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>The stream of typed events.</summary>
public class EventTests
{
    [Fact]
    public async Task Events_TellALifeInOrder()
    {
        var h = NoSource();
        var recorder = new EventRecorder(h.Manager);
        h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Dialer.All[0].Fail();
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Advance(5 * Second);
        h.Run(h.Manager.RemoveAsync(1));
        h.Run(h.Manager.SuspendAsync());
        h.Run(h.Manager.ResumeAsync());
        h.Run(h.Manager.SetTargetOutboundAsync(3));
        h.Run(h.Manager.SetMaxInboundAsync(4));
        h.Stop();

        var events = await recorder.AllAsync();
        Assert.Equal(
            [
                typeof(AttemptStarted), typeof(AttemptFailed), typeof(AttemptStarted), typeof(ConnectionEstablished),
                typeof(ConnectionClosed), typeof(RequestEnded), typeof(NetworkSuspended), typeof(NetworkResumed), typeof(LimitsChanged), typeof(LimitsChanged),
            ],
            events.Select(told => told.GetType()));
        Assert.Equal(ConnectFailureCause.Refused, ((AttemptFailed)events[1]).Outcome.Cause);
        Assert.Equal(DisconnectCause.Removed, ((ConnectionClosed)events[4]).Reason.Cause);
        Assert.Equal((3, 4), (((LimitsChanged)events[^1]).TargetOutbound, ((LimitsChanged)events[^1]).MaxInbound));
        Assert.Equal(events.Select(told => told.Time), events.Select(told => told.Time).Order());
    }

    [Fact]
    public async Task ASlowWatcher_LosesTheOldestAndIsTold()
    {
        var h = NoSource();
        var slow = new EventRecorder(h.Manager);
        h.Manager.Connect(h.NewAddress());
        h.Settle();
        await slow.FirstAsync();
        h.Dialer.OnDial = static dial => dial.Fail();
        for (var i = 0; i < 1_000; i++)
            h.Manager.Connect(h.NewAddress()); // Three events each.
        h.Settle();
        Assert.Equal(1_001, h.Dialer.All.Count); // The manager did not wait for anybody.
        h.Stop();

        var events = await slow.AllAsync();
        Assert.IsType<AttemptStarted>(events[0]);
        Assert.Equal(3_002 - 1_024, Assert.IsType<EventsDropped>(events[1]).Count); // The last two events are the end of the first attempt.
        Assert.Equal(2 + 1_024, events.Count);
        Assert.Contains(events.OfType<RequestEnded>(), ended => ended.RequestId == 1_001); // The latest are not lost.
    }

    [Fact]
    public async Task EachWatcher_HasItsOwnBuffer()
    {
        var h = NoSource();
        EventRecorder[] recorders = [new(h.Manager), new(h.Manager)];
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Stop();
        var first = await recorders[0].AllAsync();
        Assert.Equal(3, first.Count);
        Assert.Equal(first, await recorders[1].AllAsync());
    }

    [Fact]
    public async Task WatchingAfterTheStop_EndsAtOnce()
    {
        var h = NoSource();
        h.Stop();
        Assert.Empty(await new EventRecorder(h.Manager).AllAsync());
    }

    /// <summary>A program that watches before it starts the manager missed the events between the two and its first move.</summary>
    [Fact]
    public async Task WatchAsync_BeforeTheFirstMove_MissesNothing()
    {
        var h = NoSource();
        await using var events = h.Manager.WatchAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        var recorder = new EventRecorder(h.Manager);
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Stop();
        var seen = new List<ConnectionEvent>();
        while (await events.MoveNextAsync())
            seen.Add(events.Current);
        Assert.Equal(await recorder.AllAsync(), seen);
        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public async Task WatchAsync_DisposedBeforeTheFirstMove_IsForgotten()
    {
        var hub = new EventHub(TimeProvider.System, () => { });
        var made = 0;
        await using (hub.WatchAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None))
            hub.Publish(static (time, count) => new EventsDropped(time, count), ++made);
        hub.Publish((time, count) => throw new InvalidOperationException("Nobody watches."), ++made);
    }

    [Fact]
    public async Task AWatcherThatLeaves_IsForgotten()
    {
        var h = NoSource();
        using var leave = new CancellationTokenSource();
        var watcher = h.Manager.WatchAsync(leave.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = watcher.MoveNextAsync().AsTask();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Stop();
    }
}
