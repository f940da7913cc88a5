using System.Net.Sockets;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>A connection ends at the first of: its handler ends, it is closed, the manager ends it.</summary>
public class LifetimeTests
{
    [Fact]
    public void TheEndOfTheHandler_ClosesTheConnection()
    {
        var (h, request, handler) = Connected();
        handler.SetResult();
        var connection = h.Connected[0].Connection;
        Assert.Equal(DisconnectCause.HandlerCompleted, h.Run(connection.Closed).Cause);
        Assert.True(connection.ClosingToken.IsCancellationRequested);
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        Assert.Equal(ConnectionState.Disconnected, Assert.Single(h.Disconnected).State); // OnDisconnection comes after the decision.
        Assert.Equal(ConnectionState.Disconnected, request.State);
        h.Stop();
    }

    [Fact]
    public void AHandlerThatThrows_EndsItsConnectionAndIsLogged()
    {
        var logger = new FakeLoggerFactory();
        var (h, _, handler) = Connected(options => options.LoggerFactory = logger);
        var failure = new InvalidOperationException("by the test");
        handler.SetException(failure);
        var reason = h.Run(h.Connected[0].Connection.Closed);
        Assert.Equal((DisconnectCause.HandlerFailed, failure), (reason.Cause, reason.Exception));
        Assert.Same(failure, Assert.Single(logger.Warnings).Exception);
        h.Stop();
    }

    public static TheoryData<Exception, DisconnectCause> Ends { get; } = new()
    {
        { new DisconnectedException(DisconnectCause.PingTimeout, "silent"), DisconnectCause.PingTimeout },
        { new DisconnectedException(DisconnectCause.SendTimeout, "full"), DisconnectCause.SendTimeout },
        { new DisconnectedException(DisconnectCause.ProtocolViolation, "garbage"), DisconnectCause.ProtocolViolation },
        { new DisconnectedException(DisconnectCause.Reset, "lost"), DisconnectCause.Reset },
        { new InvalidOperationException("sending", new DisconnectedException(DisconnectCause.PeerClosed, "closed")), DisconnectCause.PeerClosed },
        { new IOException("sending", new DisconnectedException(DisconnectCause.PingTimeout, "silent")), DisconnectCause.PingTimeout },
        { new EndOfStreamException(), DisconnectCause.PeerClosed },
        { new SocketException((int)SocketError.ConnectionReset), DisconnectCause.Reset },
        { new IOException("read", new SocketException((int)SocketError.TimedOut)), DisconnectCause.Reset },
        { new AggregateException(new IOException("write", new SocketException((int)SocketError.Shutdown))), DisconnectCause.Reset },
        { new IOException("The connection was reset."), DisconnectCause.Reset },
        { new IOException("No space left on device", 28), DisconnectCause.HandlerFailed },
        { new FileNotFoundException("no such file"), DisconnectCause.HandlerFailed },
        { new SocketException((int)SocketError.HostNotFound), DisconnectCause.HandlerFailed },
        { new FormatException("a defect"), DisconnectCause.HandlerFailed },
    };

    /// <summary>Also those of a handler that knows nothing of this library.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public void AHandlerThatThrows_WhatPeersAndNetworksCause_IsToldByItsCause(Exception thrown, DisconnectCause cause)
    {
        var (h, _, handler) = Connected();
        handler.SetException(thrown);
        var reason = h.Run(h.Connected[0].Connection.Closed);
        Assert.Equal((cause, thrown), (reason.Cause, reason.Exception));
        h.Stop();
    }

    [Fact]
    public void Close_WithACause_TellsIt_AndTakesNoneOfTheManagers()
    {
        var (h, _, handler) = Connected();
        var connection = h.Connected[0].Connection;
        foreach (var cause in Enum.GetValues<DisconnectCause>().Except(Ends.Select(row => row.Data.Item2)).Append(DisconnectCause.HandlerFailed))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => connection.Close(cause));
            Assert.Throws<ArgumentOutOfRangeException>(() => new DisconnectedException(cause, "by the test"));
        }

        connection.Close(DisconnectCause.SendTimeout, "by the test");
        var reason = h.Run(connection.Closed);
        Assert.Equal((DisconnectCause.SendTimeout, "by the test"), (reason.Cause, reason.Detail));
        handler.SetResult();
        h.Stop();
    }

    [Fact]
    public void HandlersThatFail_WarnOnceInAWhileAndNotOfWhatPeersDo()
    {
        var logger = new FakeLoggerFactory();
        var h = Full(8, options => options.LoggerFactory = logger);
        h.Handler = static (_, _) => throw new IOException("reset by the peer");
        h.Run(h.Manager.SetTargetOutboundAsync(0));
        h.Run(h.Manager.SetTargetOutboundAsync(8));
        h.Advance(Minute);
        Assert.True(h.Disconnected.Count > 100);
        Assert.Empty(logger.Warnings);

        h.Handler = static (_, _) => throw new InvalidOperationException("a defect of the handler");
        h.Advance(Minute);
        Assert.InRange(logger.Warnings.Count(), 2, 3); // Once in 30 s.
        h.Stop();
    }

    [Fact]
    public void ALoggerThatThrows_HarmsNobody()
    {
        var h = Full(8, static options => options.LoggerFactory = new ThrowingLoggerFactory());
        h.Stop();
    }

    [Fact]
    public void Close_CancelsTheTokenDisposesTheStreamAndKeepsTheDetail()
    {
        var (h, _, handler) = Connected();
        var connection = h.Connected[0].Connection;
        connection.Close("ping timeout");
        connection.Close("too late");
        h.Settle();
        Assert.True(connection.ClosingToken.IsCancellationRequested);
        Assert.Equal("Closed: ping timeout", h.Run(connection.Closed).ToString());
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        handler.SetResult();
        h.Stop();
    }

    [Fact]
    public void WithoutAHandler_AConnectionLivesUntilItIsClosed()
    {
        var h = NoSource(options => options.OnConnection = null);
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Advance(Minute, Second);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void OnDisconnection_ComesBeforeTheNextOnConnectionOfTheSameRequest()
    {
        var callback = new TaskCompletionSource();
        List<string> calls = [];
        var h = NoSource(options => options.OnDisconnection = async (request, _) =>
        {
            calls.Add("off begins");
            await callback.Task;
            calls.Add("off ends");
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Handler = (connection, _) =>
        {
            calls.Add("on");
            return connection.Closed;
        };
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Run(h.Manager.DisconnectAsync(request.Id));
        h.Advance(5 * Second);
        Assert.Equal(ConnectionState.Established, request.State); // Connected again, but not handed over yet.
        Assert.Equal(["on", "off begins"], calls);

        callback.SetResult();
        h.Settle();
        Assert.Equal(["on", "off begins", "off ends", "on"], calls);
        h.Stop();
    }

    [Fact]
    public void AConnectionThatEndsBeforeItIsHandedOver_IsNeverToldOf()
    {
        var (h, request, handler) = Connected(permanent: true);
        h.Run(h.Manager.DisconnectAsync(request.Id));
        h.Advance(5 * Second);
        Assert.Equal(2, h.Dialer.Streams.Count);
        h.Run(h.Manager.DisconnectAsync(request.Id));
        Assert.Equal(1, h.Dialer.Streams[1].Disposals);
        h.Run(h.Manager.RemoveAsync(request.Id));
        handler.SetResult();
        h.Settle();
        Assert.Equal(["OnConnection 1", "OnDisconnection 1"], h.Calls);
        h.Stop();
    }

    [Fact]
    public void AHandlerThatIgnoresItsToken_KeepsOnlyItselfAlive()
    {
        var handler = new TaskCompletionSource();
        var h = new ManagerHarness(static options => options.TargetOutbound = 1);
        h.Handler = (connection, _) => connection.Id == 1 ? handler.Task : connection.Closed;
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Start();
        h.Run(h.Manager.RemoveAsync(1));

        Assert.Equal(1, h.Automatic);
        Assert.Equal(2, h.Connected.Count); // The slot was free at once.
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        Assert.Equal(1, Assert.Single(h.Snapshot.Draining).Id);
        handler.SetResult();
        Assert.Empty(h.Snapshot.Draining);
        h.Stop();
    }

    [Fact]
    public async Task StopAsync_NamesWhatIsLeftWhenItsTokenFires()
    {
        var (h, _, handler) = Connected();
        using var patience = new CancellationTokenSource();
        var stop = h.Manager.StopAsync(patience.Token);
        h.Settle();
        Assert.False(stop.IsCompleted);
        await patience.CancelAsync();
        h.Settle();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            while (!stop.IsCompleted)
            {
                await Task.Yield();
                h.Settle();
            }

            await stop;
        });
        Assert.Contains("Handler of OneOff 1.2.3.4:8333 (1)", error.Message, StringComparison.Ordinal);
        Assert.Equal(patience.Token, error.CancellationToken);
        handler.SetResult();
        h.Stop();
    }

    [Fact]
    public async Task DisposeAsync_AfterAStopThatWasCutShort_DoesNotWaitAgain()
    {
        var (h, _, handler) = Connected();
        using var patience = new CancellationTokenSource();
        var stop = h.Manager.StopAsync(patience.Token);
        h.Settle();
        var early = h.Manager.DisposeAsync().AsTask(); // Nobody's patience has ended yet.
        await patience.CancelAsync();
        while (!stop.IsCompleted)
        {
            await Task.Yield();
            h.Settle();
        }

        Assert.True(stop.IsCanceled);
        await h.Manager.DisposeAsync();
        Assert.False(early.IsCompleted);
        Assert.False(h.Manager.Completion.IsCompleted);
        handler.SetResult();
        while (!early.IsCompleted)
        {
            await Task.Yield();
            h.Settle();
        }

        Assert.True(h.Manager.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void StopAsync_InsideAHandler_ThrowsAndPointsToRequestStop()
    {
        Exception? error = null;
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Handler = async (_, _) =>
        {
            error = await Record.ExceptionAsync(() => h!.Manager.StopAsync(CancellationToken.None));
            h.Manager.RequestStop();
        };
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Contains("RequestStop()", Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
        Assert.True(h.Manager.Completion.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("Handshake")]
    [InlineData("OnDisconnection")]
    [InlineData("OnAccept")]
    public void StopAsync_InsideTheOtherCallbacks_ThrowsToo(string callback)
    {
        Exception? error = null;
        ManagerHarness? h = null;
        var listener = new FakeListener();
        h = Without(options =>
        {
            options.Listeners = [listener];
            options.Handshake = (_, _) => new ValueTask(StopAsync("Handshake"));
            options.OnDisconnection = (_, _) => StopAsync("OnDisconnection");
            options.OnAccept = (_, _) => StopAsync("OnAccept");
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Handler = static (_, _) => Task.CompletedTask;
        h.Start();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        listener.Connect();
        h.Settle();
        Assert.IsType<InvalidOperationException>(error);
        h.Stop();

        async Task StopAsync(string name)
        {
            if (string.Equals(name, callback, StringComparison.Ordinal))
                error = await Record.ExceptionAsync(() => h!.Manager.StopAsync(CancellationToken.None));
        }
    }

    [Fact]
    public void OnDisconnection_WhicheverOfHandlerAndShutdownIsLast_IsInsideAndSeesTheEnd()
    {
        var seen = new List<(bool IsClosed, bool IsInside)>();
        ManagerHarness? h = null;
        h = Without(options => options.OnDisconnection = async (_, connection) =>
            seen.Add((connection.Closed.IsCompleted, await Record.ExceptionAsync(() => h!.Manager.StopAsync(CancellationToken.None)) is InvalidOperationException)));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Start();

        h.Handler = static (_, _) => Task.CompletedTask; // Returns first.
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal([(true, true)], seen);

        var handler = new TaskCompletionSource();
        h.Handler = (_, _) => handler.Task; // Returns when all the rest is over.
        var last = h.Manager.Connect(Ip("1.2.3.5"));
        h.Settle();
        Assert.True(h.Run(h.Manager.RemoveAsync(last.Id)));
        Assert.Single(seen);
        handler.SetResult();
        h.Settle();
        Assert.Equal([(true, true), (true, true)], seen);
        h.Stop();
    }

    [Fact]
    public void Closed_AskedForAfterTheEnd_TellsTheReason()
    {
        var (h, request, handler) = Connected();
        var connection = h.Connected[0].Connection;
        Assert.True(h.Run(h.Manager.RemoveAsync(request.Id)));
        Assert.Equal(DisconnectCause.Removed, h.Run(connection.Closed).Cause);
        Assert.Same(connection.Closed, connection.Closed);
        handler.SetResult();
        h.Stop();
    }

    [Fact]
    public void FirstOutcome_AskedForLate_IsThatOfTheFirstAttempt()
    {
        var h = Dialing(1, options => options.DialTimeout = Minute, static dial => _ = dial);
        h.Advance(3 * Second);
        h.Dialer.All[0].Succeed();
        h.Settle();
        var (request, _) = h.Connected[0];
        h.Advance(Minute);
        var outcome = h.Run(request.FirstOutcome);
        Assert.Equal((request.Id, request.EndPoint, 3 * Second, true), (outcome.RequestId, outcome.EndPoint, outcome.Duration, outcome.Succeeded));
        Assert.Same(request.FirstOutcome, request.FirstOutcome);
        h.Stop();
    }

    [Fact]
    public void FirstOutcome_AskedForLate_IsNotThatOfALaterAttempt()
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Fail();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        h.Settle();
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Advance(Minute);
        Assert.Equal(ConnectionState.Established, request.State);
        Assert.Equal(ConnectFailureCause.Refused, h.Run(request.FirstOutcome).Cause);
        h.Stop();
    }

    [Fact]
    public void ADialThatIsCancelledByItself_FailsItsRequest()
    {
        var h = Without(static options => options.Dial = static (_, _) => ValueTask.FromCanceled<Stream>(new CancellationToken(canceled: true))).Start();
        var outcome = h.Run(h.Manager.Connect(Ip("1.2.3.4")).FirstOutcome);
        Assert.Equal(ConnectFailureCause.Unknown, outcome.Cause);
        Assert.IsType<TaskCanceledException>(outcome.Exception);
        h.Stop();
    }

    [Fact]
    public void AHandlerThatEndsWithinASecond_IsWarnedAboutOnce()
    {
        var logger = new FakeLoggerFactory();
        var h = NoSource(options => options.LoggerFactory = logger);
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Handler = static (_, _) => Task.CompletedTask;
        for (var i = 0; i < 5; i++)
            h.Manager.Connect(h.NewAddress());
        h.Settle();
        Assert.Equal(5, h.Disconnected.Count);
        Assert.Contains("Connection.Closed", Assert.Single(logger.Warnings).Message, StringComparison.Ordinal);
        h.Stop();
    }

    [Fact]
    public void AHandlerThatLastsASecond_IsNotWarnedAbout()
    {
        var logger = new FakeLoggerFactory();
        var (h, _, handler) = Connected(options => options.LoggerFactory = logger);
        h.Advance(Second);
        handler.SetResult();
        h.Settle();
        Assert.Empty(logger.Warnings);
        h.Stop();
    }

    [Fact]
    public void AnExceptionInOnDisconnection_IsContainedAndLogged()
    {
        var logger = new FakeLoggerFactory();
        var (h, request, handler) = Connected(
            options =>
            {
                options.LoggerFactory = logger;
                options.OnDisconnection = static (_, _) => throw new IOException("by the test");
            },
            permanent: true);
        h.Advance(Second);
        h.Handler = static (connection, _) => connection.Closed;
        handler.SetResult();
        h.Advance(5 * Second);
        Assert.Contains("OnDisconnection failed", Assert.Single(logger.Warnings).Message, StringComparison.Ordinal);
        Assert.Equal(2, h.Connected.Count);
        Assert.Equal(ConnectionState.Established, request.State);
        h.Stop();
    }

    [Fact]
    public void AStreamWhoseDisposeThrows_IsContained()
    {
        var logger = new FakeLoggerFactory();
        var h = NoSource(options => options.LoggerFactory = logger);
        h.Dialer.OnDial = static dial => dial.Result.SetResult(new FakeStream { ThrowsOnDispose = true });
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        h.Run(h.Manager.RemoveAsync(request.Id));
        Assert.Single(h.Disconnected);
        Assert.Contains("Dispose failed", Assert.Single(logger.Warnings).Message, StringComparison.Ordinal);
        h.Stop();
    }

    [Fact]
    public void ACallbackOnTheTokenThatThrows_IsContained()
    {
        var logger = new FakeLoggerFactory();
        var h = NoSource(options => options.LoggerFactory = logger);
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Handler = static (connection, token) =>
        {
            token.Register(static () => throw new IOException("by the test"));
            return connection.Closed;
        };
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        h.Run(h.Manager.RemoveAsync(request.Id));
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        Assert.Single(logger.Warnings);
        h.Stop();
    }

    [Fact]
    public void AnAcceptedStreamWhoseEndPointsThrow_IsClosedAndTheManagerGoesOn()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        var broken = new BrokenStream();
        listener.Offer(broken);
        h.Settle();
        listener.Connect();
        h.Settle();
        Assert.Single(accepted);
        Assert.True(broken.IsDisposed);
        h.Stop();
    }

    [Fact]
    public void ADialThatGivesNoStream_IsAFailedAttempt()
    {
        var h = NoSource();
        h.Dialer.OnDial = static dial => dial.Result.SetResult(null!);
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectionState.Canceled, request.State);
        h.Stop();
    }

    [Fact]
    public void Inbound_HasTheSameContractAndNoRequest()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        var stream = listener.Connect();
        h.Settle();
        var connection = accepted[0];
        Assert.Null(connection.Request);
        Assert.Equal((ConnectionDirection.Inbound, ConnectionKind.Inbound), (connection.Direction, connection.Kind));
        Assert.True(h.Run(h.Manager.DisconnectAsync(connection.Id)));
        Assert.Equal(DisconnectCause.Disconnected, h.Run(connection.Closed).Cause);
        Assert.Equal(1, stream.Disposals);
        Assert.Empty(h.Calls); // OnDisconnection is for outbound connections.
        h.Stop();
    }

    private static (ManagerHarness Harness, ConnectionRequest Request, TaskCompletionSource Handler) Connected(
        Action<ConnectionManagerOptions>? configure = null, bool permanent = false)
    {
        var handler = new TaskCompletionSource();
        var h = NoSource(configure);
        h.Handler = (_, _) => handler.Task;
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent);
        h.Settle();
        Assert.Equal(ConnectionState.Established, request.State);
        return (h, request, handler);
    }

    private sealed class BrokenStream : MemoryStream, IStreamEndPoints
    {
        public bool IsDisposed { get; private set; }

        public System.Net.EndPoint? LocalEndPoint => throw new ObjectDisposedException("socket");

        public System.Net.EndPoint? RemoteEndPoint => throw new ObjectDisposedException("socket");

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
