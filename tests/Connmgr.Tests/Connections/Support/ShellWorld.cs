using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Connections;

internal enum ShellCall
{
    Start,
    Connect,
    ConnectPermanent,
    NewConnectionRequest,
    Disconnect,
    Reconnect,
    Remove,
    SetTarget,
    SetMaxInbound,
    Suspend,
    Resume,
    NotifyAddresses,
    NotifyNetwork,
    Snapshot,
    RecheckGate,
    DisconnectWhere,
    SetInboundLimits,
    Close,
    RequestStop,
    Accept,
    AcceptFails,
    DialSucceeds,
    DialFails,
    DialThrows,
    HandshakeSucceeds,
    HandshakeFails,
    HandlerEnds,
    HandlerThrows,
    SourceGives,
    SourceHasNone,
    SourceThrows,
    Time,
    Work,
    Count,
}

/// <summary>
/// A manager and everything around it for one random sequence on one thread, in virtual time: diallers, handlers, streams, listeners and sources that
/// behave in any way, work run in any order. Holds the invariants of the shell: each stream disposed exactly once, calls in order, nothing left after a stop.
/// </summary>
internal sealed partial class ShellWorld
{
    private readonly Random _random;
    private readonly long[,] _pairs;
    private readonly FakeTimeProvider _clock = new();
    private readonly CountingTimeProvider _time;
    private readonly WorkQueue _queue;
    private readonly FakeListener _listener;
    private readonly ConnectionManager _manager;
    private readonly List<PendingDial> _dials = [];
    private readonly List<TaskCompletionSource> _handshakes = [];
    private readonly List<TaskCompletionSource> _handlers = [];
    private readonly List<TaskCompletionSource<EndPoint?>> _questions = [];
    private readonly List<FakeStream> _streams = [];
    private readonly List<Connection> _connections = [];
    private readonly List<ConnectionRequest> _requests = [];
    private readonly List<Task> _replies = [];
    private readonly List<Task> _refused = [];
    private readonly Dictionary<Connection, int> _calls = [];
    private readonly Dictionary<long, Connection> _inHandler = [];
    private readonly int? _maxInbound;

    private int _inboundHandled;
    private int? _inboundLimit;
    private bool _isStarted;
    private bool _isStopping;
    private ShellCall? _next;
    private string? _violation;
    private int _fresh;

    public ShellWorld(int seed, long[,] pairs)
    {
        _random = new Random(seed);
        _time = new CountingTimeProvider(_clock);
        _pairs = pairs;
        _queue = new WorkQueue(_random.Next(4) == 0 ? null : _random);
        _inboundLimit = _maxInbound = _random.Next(3) == 0 ? null : _random.Next(1, 4);
        _listener = new FakeListener { Profile = new() { IsOnion = _random.Next(4) == 0, MaxHandshakes = _random.Next(1, 4), AcceptBurst = _random.Next(2, 40) } };
        _manager = new ConnectionManager(
            new ConnectionManagerOptions
            {
                Dial = DialAsync,
                Handshake = _random.Next(3) == 0 ? null : HandshakeAsync,
                OnConnection = (request, connection, token) => HandleAsync(connection, token),
                OnDisconnection = OnDisconnectionAsync,
                OnAccept = HandleAsync,
                Listeners = [_listener],
                MaxInbound = _maxInbound,
                InboundLimits = SomeLimits(),
                Gate = Gate,
                TargetOutbound = _random.Next(5),
                GetNewAddress = GetNewAddressAsync,
                TimeProvider = _time,
                Random = new Random(seed),
                ObserveNetworkChanges = false,
                MeterFactory = _measured,
            },
            _queue.Schedule,
            TaskCreationOptions.None);
    }

    public static IEnumerable<string> Rarer(long[,] pairs, int than)
    {
        string[] states = ["NotStarted", "Running", "Stopping"];
        for (var state = 0; state < states.Length; state++)
        {
            for (var call = 0; call < (int)ShellCall.Count; call++)
            {
                // Before the start nothing is dialled, accepted or asked for, so nothing can come back.
                if (pairs[state, call] < than && !(state == 0 && (ShellCall)call is >= ShellCall.Close and not (ShellCall.RequestStop or ShellCall.Time or ShellCall.Work)))
                    yield return $"{states[state]} x {(ShellCall)call}: {pairs[state, call]}";
            }
        }
    }

    public void Run(int events)
    {
        for (var i = 0; i < events && _violation is null; i++)
            OneEvent();
        Require(_violation is null, _violation!);
        Finish();
        Require(_violation is null, _violation!);
    }

    private void OneEvent()
    {
        var call = _next ?? (ShellCall)_random.Next((int)ShellCall.Count);
        _next = null;
        if (call == ShellCall.RequestStop && _random.Next(4) != 0)
            call = ShellCall.Work;
        var state = _isStopping ? 2 : _isStarted ? 1 : 0;
        var happened = call switch
        {
            ShellCall.Start => Start(),
            ShellCall.Connect => Request(_manager.Connect(SomeAddress())),
            ShellCall.ConnectPermanent => Request(_manager.Connect(SomeAddress(), permanent: true)),
            ShellCall.NewConnectionRequest => Request(_manager.NewConnectionRequest()),
            ShellCall.Disconnect => Reply(_manager.DisconnectAsync(SomeId())),
            ShellCall.Reconnect => Reply(_manager.DisconnectAsync(SomeId(), triggerReconnect: true)),
            ShellCall.Remove => Reply(_manager.RemoveAsync(SomeId())),
            ShellCall.SetTarget => Reply(_manager.SetTargetOutboundAsync(_random.Next(5))),
            ShellCall.SetMaxInbound => SetMaxInbound(),
            ShellCall.Suspend => _random.Next(4) != 0 || Reply(_manager.SuspendAsync()),
            ShellCall.Resume => Reply(_manager.ResumeAsync()),
            ShellCall.NotifyAddresses => Done(_manager.NotifyAddressesAvailable),
            ShellCall.NotifyNetwork => Done(_manager.NotifyNetworkChanged),
            ShellCall.Snapshot => Reply(_manager.GetSnapshotAsync()),
            ShellCall.RecheckGate => Reply(_manager.RecheckGateAsync()),
            ShellCall.DisconnectWhere => Reply(_manager.DisconnectWhereAsync(endPoint => _random.Next(4) == 0 ? throw new InvalidOperationException("predicate threw") : _random.Next(6) == 0)),
            ShellCall.SetInboundLimits => Reply(_manager.SetInboundLimitsAsync(SomeLimits())),
            ShellCall.Close => OnOne(_connections, connection => connection.Close("by the test"), keep: true),
            ShellCall.RequestStop => Done(RequestStop),
            ShellCall.Accept => Accept(),
            ShellCall.AcceptFails => _listener.IsWaiting && Done(_listener.Fail),
            ShellCall.DialSucceeds => OnOne(_dials, dial => dial.Succeed(this)),
            ShellCall.DialFails => OnOne(_dials, dial => dial.Result.TrySetException(new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "refused"))),
            ShellCall.DialThrows => OnOne(_dials, dial => dial.Result.TrySetException(new InvalidOperationException("dial threw"))),
            ShellCall.HandshakeSucceeds => OnOne(_handshakes, handshake => handshake.TrySetResult()),
            ShellCall.HandshakeFails => OnOne(_handshakes, handshake => handshake.TrySetException(new IOException("handshake failed"))),
            ShellCall.HandlerEnds => OnOne(_handlers, handler => handler.TrySetResult()),
            ShellCall.HandlerThrows => OnOne(_handlers, handler => handler.TrySetException(new InvalidOperationException("handler threw"))),
            ShellCall.SourceGives => OnOne(_questions, question => question.TrySetResult(_random.Next(2) == 0 ? SomeAddress() : FreshAddress())),
            ShellCall.SourceHasNone => _random.Next(3) == 0 && OnOne(_questions, question => question.TrySetResult(null)),
            ShellCall.SourceThrows => _random.Next(3) == 0 && OnOne(_questions, question => question.TrySetException(new InvalidOperationException("source threw"))),
            ShellCall.Time => Done(() => _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(10) == 0 ? 6000 : _random.Next(300)))),
            _ => true,
        };
        if (happened)
            _pairs[state, (int)call]++;

        // Some of what that caused happens before the next event, in any order.
        for (var steps = _next is null ? _random.Next(6) : 0; steps > 0; steps--)
        {
            _manager.Pump();
            _queue.RunOne();
        }

        if (_next is null && _random.Next(20) == 0)
            CheckMeasured();
    }

    /// <summary>Stops; lets everything end that was made to hang; and looks whether anything is left.</summary>
    private void Finish()
    {
        var stopped = _manager.StopAsync();
        for (var rounds = 0; rounds < 1000 && !(stopped.IsCompleted && _queue.Count == 0); rounds++)
        {
            Settle();
            OnAll(_dials, dial => dial.Succeed(this)); // Late, every one of them.
            OnAll(_handshakes, handshake => handshake.TrySetResult());
            OnAll(_handlers, handler => handler.TrySetResult());
            OnAll(_questions, question => question.TrySetResult(FreshAddress()));
        }

        Require(stopped.IsCompletedSuccessfully, $"The stop did not complete: {stopped.Exception?.ToString() ?? _manager.DescribeRunning()}.");
        Require(_manager.Completion.IsCompletedSuccessfully, "The manager did not complete.");
        Require(_time.Timers == 0, $"{_time.Timers} timers are left.");
        Require(_listener.Disposals == 1, $"The listener was disposed {_listener.Disposals} times.");
        Require(!_listener.IsWaiting, "An accept is left.");
        Require(_streams.TrueForAll(stream => stream.Disposals == 1), "A stream was not disposed exactly once.");
        Require(_replies.TrueForAll(reply => reply.IsCompletedSuccessfully), "A call did not complete.");
        Require(_refused.TrueForAll(start => start.IsFaulted), "A stopped manager was started.");
        Require(_requests.TrueForAll(request => request.FirstOutcome.IsCompletedSuccessfully), "A first outcome is missing.");
        Require(_requests.TrueForAll(request => request.State is ConnectionState.Canceled or ConnectionState.Disconnected), "A request has not ended.");
        Require(_connections.TrueForAll(connection => connection.Closed.IsCompletedSuccessfully), "A connection has not closed.");
        Require(_calls.All(call => call.Value == (call.Key.Direction == ConnectionDirection.Outbound ? 2 : 1)), "A handler was not followed by OnDisconnection once.");
        Require(_inHandler.Count == 0 && _inboundHandled == 0, "A handler is left.");
        Require(_measured.Collect().All.All(series => !series.Instrument.IsObservable), "A stopped manager is still observed.");
        Require(_measured.Count("connmgr.connection.duration") >= _calls.Count, "A connection ended unmeasured."); // Some are never handed over.
        _measured.Dispose();
    }

    private bool Start()
    {
        _isStarted = true;
        if (_isStopping)
            _refused.Add(_manager.StartAsync());
        else
            _replies.Add(_manager.StartAsync());
        return true;
    }

    private void RequestStop()
    {
        _manager.RequestStop();
        _isStopping = true;
        _next = _random.Next(2) == 0 ? ShellCall.Accept : ShellCall.AcceptFails; // While the listener still listens.
    }

    private bool SetMaxInbound()
    {
        _inboundLimit = null; // Judged by the rules' own test; here only while it never changed.
        return Reply(_manager.SetMaxInboundAsync(_random.Next(4)));
    }

    private bool Accept()
    {
        if (!_listener.IsWaiting)
            return false;
        var remote = _random.Next(8) == 0 ? null : new IPEndPoint(new IPAddress([127, 0, 0, (byte)_random.Next(1, 9)]), _random.Next(1, 60000));
        var stream = new FakeStream(remote);
        _streams.Add(stream);
        _listener.Offer(stream);
        return true;
    }

    private InboundLimits SomeLimits() => new()
    {
        MaxPerHost = _random.Next(3) == 0 ? _random.Next(1, 3) : null,
        MaxHandshakesPerPrefix = _random.Next(1, 9),
        MaxConnections = _random.Next(4) == 0 ? _random.Next(6, 12) : null,
        AllowList = _random.Next(4) == 0 ? [AllowedRange.Parse("127.0.0.2")] : [],
        MaxAllowListed = 2,
    };

    // ---- user code ----------------------------------------------------------------------------------------------

    private GateVerdict Gate(EndPoint endPoint, ConnectionDirection direction) => _random.Next(60) switch
    {
        0 => GateVerdict.Refuse,
        1 => GateVerdict.Discourage,
        2 => throw new InvalidOperationException("gate threw"),
        _ => GateVerdict.Allow,
    };

    private async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken token)
    {
        Expect(_manager.TakeSnapshot(TimeSpan.Zero).Attempts.Any(attempt => ReferenceEquals(attempt.EndPoint, endPoint)), "A dial began whose attempt had ended.");
        if (_random.Next(10) == 0)
            throw new InvalidOperationException("thrown before the first await");
        var dial = new PendingDial(endPoint);
        _dials.Add(dial);
        if (_random.Next(3) != 0)
            token.Register(() => dial.Result.TrySetCanceled(token));
        return await dial.Result.Task;
    }

    private async ValueTask HandshakeAsync(Connection connection, CancellationToken token)
    {
        Expect(connection.Link.Phase == LinkPhase.Handshaking, "A handshake began whose attempt had ended.");
        var handshake = new TaskCompletionSource();
        _handshakes.Add(handshake);
        if (_random.Next(3) != 0)
            token.Register(() => handshake.TrySetCanceled(token));
        if (_random.Next(4) == 0)
        {
            // As TLS does: the new stream owns the one it wraps.
            var inner = connection.Stream;
            try
            {
                connection.ReplaceStream(new BufferedStream(inner));
            }
            catch (InvalidOperationException)
            {
                // It has ended already.
            }
        }

        await handshake.Task;
    }

    private async Task HandleAsync(Connection connection, CancellationToken token)
    {
        Expect(connection.Link.Phase == LinkPhase.Established, "A handler began whose connection had ended.");
        Expect(_calls.TryAdd(connection, 1), "A connection was handed over twice.");
        if (connection.Request is { } request)
        {
            Expect(_inHandler.TryAdd(request.Id, connection), "The next connection of a request was handed over before the last one's OnDisconnection.");
            Expect(request.FirstOutcome.IsCompleted, "OnConnection before the first outcome.");
        }
        else
        {
            _inboundHandled++;
            Expect(_inboundLimit is null || LiveInbound() <= _inboundLimit, "More inbound connections than the limit.");
        }

        _connections.Add(connection);
        var handler = new TaskCompletionSource();
        _handlers.Add(handler);
        if (_random.Next(3) != 0)
            token.Register(() => handler.TrySetCanceled(token));
        try
        {
            if (_random.Next(12) == 0)
                throw new InvalidOperationException("thrown before the first await");
            await handler.Task;
        }
        finally
        {
            if (connection.Request is null)
                _inboundHandled--;
            else if (_calls[connection] == 1)
                _calls[connection] = 10; // The handler has returned; OnDisconnection is due.
        }
    }

    private int LiveInbound() => _connections.Count(connection => connection is { Direction: ConnectionDirection.Inbound, Link.IsAllowed: false } && !connection.ClosingToken.IsCancellationRequested);

    private Task OnDisconnectionAsync(ConnectionRequest request, Connection connection)
    {
        Expect(_calls[connection] == 10, "OnDisconnection before the handler returned, or twice.");
        Expect(connection.Closed.IsCompleted, "OnDisconnection before the connection was closed.");
        _calls[connection] = 2;
        Expect(_inHandler.Remove(request.Id), "OnDisconnection without OnConnection.");
        return _random.Next(8) == 0 ? throw new InvalidOperationException("OnDisconnection threw") : Task.CompletedTask;
    }

    private async ValueTask<EndPoint?> GetNewAddressAsync(CancellationToken token)
    {
        Expect(_manager.TakeSnapshot(TimeSpan.Zero) is { IsStopped: false, IsSuspended: false }, "The source was asked while the manager is off.");
        Expect(_questions.TrueForAll(other => other.Task.IsCompleted), "The source was asked twice at once.");
        if (_random.Next(3) == 0)
            return FreshAddress();
        var question = new TaskCompletionSource<EndPoint?>();
        _questions.Add(question);
        if (_random.Next(3) != 0)
            token.Register(() => question.TrySetCanceled(token));
        return await question.Task;
    }

    // ---- picking ------------------------------------------------------------------------------------------------

    private void Settle()
    {
        do
        {
            _manager.Pump();
        }
        while (_queue.RunOne());
    }

    private EndPoint SomeAddress() => _random.Next(5) == 0
        ? new DnsEndPoint($"host{_random.Next(3)}.example", 8333)
        : new IPEndPoint(new IPAddress([20, (byte)_random.Next(6), 1, 1]), 8333);

    private IPEndPoint FreshAddress() => new(new IPAddress([(byte)(100 + _fresh / 256), (byte)_fresh++, 1, 1]), 8333);

    private long SomeId() => _random.Next(4) switch
    {
        0 when _connections.Count > 0 => _connections[_random.Next(_connections.Count)].Id,
        0 or 1 when _requests.Count > 0 => _requests[^Math.Min(_requests.Count, _random.Next(1, 4))].Id,
        _ => _random.Next(1, 40),
    };

    private bool Request(ConnectionRequest request)
    {
        Require(request.Id > 0, "An id is not known at once.");
        _requests.Add(request);
        return true;
    }

    private bool Reply(Task reply)
    {
        _replies.Add(reply);
        _ = reply.ContinueWith(_ => RunSome(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return true;
    }

    /// <summary>Work may begin at the very moment at which a call is answered: whatever the call has ended must not.</summary>
    private void RunSome()
    {
        while (_random.Next(4) != 0 && _queue.RunOne())
        {
        }
    }

    private static bool Done(Action action)
    {
        action();
        return true;
    }

    private bool OnOne<T>(List<T> list, Action<T> action, bool keep = false)
    {
        if (list.Count == 0)
            return false;
        var index = _random.Next(list.Count);
        var item = list[index];
        if (!keep)
            list.RemoveAt(index);
        action(item);
        return true;
    }

    private static void OnAll<T>(List<T> list, Action<T> action)
    {
        foreach (var item in list.ToArray())
            action(item);
        list.Clear();
    }

    /// <summary>As <see cref="Require"/>, in user code, whose exceptions the manager takes for the user's own.</summary>
    private void Expect(bool condition, string message)
    {
        if (!condition)
            _violation ??= message;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }

    private sealed class PendingDial(EndPoint endPoint)
    {
        public TaskCompletionSource<Stream> Result { get; } = new();

        public void Succeed(ShellWorld world)
        {
            var stream = new FakeStream(endPoint as IPEndPoint ?? new IPEndPoint(new IPAddress([20, (byte)world._random.Next(6), 1, 1]), 8333))
            {
                ThrowsOnDispose = world._random.Next(10) == 0,
            };
            if (Result.TrySetResult(stream))
                world._streams.Add(stream);
        }
    }
}
