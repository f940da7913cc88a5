using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D7 and D20: listeners that fail, peers that say nothing.</summary>
public class InboundDefectTests
{
    [Fact]
    public void D07_AcceptErrors_BackOffAndRecover()
    {
        var logger = new FakeLoggerFactory();
        var accepted = new List<Connection>();
        var listener = new FakeListener { Failure = new IOException("too many open files") };
        var h = Listening(listener, accepted, options => options.LoggerFactory = logger);
        h.Advance(Minute);

        Assert.InRange(listener.Calls, 60, 66); // One a second, after five quicker ones.
        Assert.InRange(logger.Warnings.Count(), 2, 3); // One in 30 s.

        listener.Failure = null;
        listener.Connect();
        h.Advance(Second);
        Assert.Single(accepted);
        var calls = listener.Calls;
        listener.Failure = new IOException("again");
        listener.Connect();
        h.Settle();
        h.Advance(200 * Ms);
        Assert.InRange(listener.Calls - calls, 2, 4); // The pauses begin short again.
        h.Stop();
    }

    [Fact]
    public async Task D07_AcceptErrors_AreTold()
    {
        var failure = new IOException("too many open files");
        var listener = new FakeListener { Failure = failure };
        var h = Without(options =>
        {
            options.Listeners = [listener];
            options.OnAccept = static (connection, _) => connection.Closed;
        });
        var events = new EventRecorder(h.Manager);
        h.Start();
        h.Advance(29 * Second);
        h.Stop();

        var told = Assert.Single(await events.AllAsync<ListenerFailed>());
        Assert.Same(failure, told.Exception);
        Assert.Equal(listener.LocalEndPoint, told.LocalEndPoint);
    }

    [Fact]
    public void D07_AListenerThatGivesNoStream_BacksOffToo()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        for (var i = 0; i < 1_000; i++)
            listener.Offer(null!);
        h.Advance(10 * Second);

        Assert.InRange(listener.Calls, 10, 16);
        Assert.Empty(accepted);
        h.Stop();
    }

    [Fact]
    public async Task D20_ASilentPeer_LosesItsSlotAtTheDeadline()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted, options =>
        {
            options.MaxInbound = 1;
            options.Handshake = static async (_, token) => await ForeverAsync(token);
        });
        var events = new EventRecorder(h.Manager);
        var silent = listener.Connect();
        h.Settle();
        var refused = listener.Connect();
        h.Advance(Minute - Ms, Second);
        Assert.Equal((0, 1), (silent.Disposals, refused.Disposals));

        h.Advance(Ms, Ms);
        Assert.Equal(1, silent.Disposals);
        Assert.Empty(h.Snapshot.Attempts);
        var next = listener.Connect();
        h.Settle();
        Assert.Equal(0, next.Disposals);
        Assert.Empty(accepted);
        h.Stop();
        var failed = (await events.AllAsync<AttemptFailed>())[0];
        Assert.Equal(
            (ConnectionKind.Inbound, ConnectPhase.Handshake, ConnectFailureCause.Timeout),
            (failed.Kind, failed.Outcome.Phase, failed.Outcome.Cause));
    }

    [Fact]
    public void D20_TheStream_IsTheListenersOwn()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        var stream = listener.Connect();
        h.Settle();

        Assert.Same(stream, Assert.IsType<FakeStream>(Assert.Single(accepted).Stream));
        h.Stop();
    }

    [Fact]
    public void AListenerThatNoLongerTellsItsAddress_IsTriedAgainAndEnds()
    {
        var listener = new GoneListener();
        var h = Listening(listener, []);
        listener.Gone();
        h.Advance(Minute);
        Assert.InRange(listener.Calls, 60, 66);
        h.Stop();
        Assert.Equal(1, listener.Disposals);
    }

    /// <summary>As a user's own may be: when its socket is closed, every member throws.</summary>
    private sealed class GoneListener : IConnectionListener
    {
        private readonly TaskCompletionSource<Stream> _accept = new();
        private bool _isGone;

        public int Calls { get; private set; }

        public int Disposals { get; private set; }

        public EndPoint LocalEndPoint => _isGone ? throw new ObjectDisposedException("the socket") : Ip("127.0.0.1");

        public void Gone()
        {
            _isGone = true;
            _accept.SetException(new ObjectDisposedException("the socket"));
        }

        public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
        {
            Calls++;
            return await _accept.Task;
        }

        public ValueTask DisposeAsync()
        {
            Disposals++;
            throw new ObjectDisposedException("the socket");
        }
    }
}
