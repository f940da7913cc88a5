using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The inputs of the loop: applies each message to the rules. Messages come from public calls, from the work of connections, from
/// listeners and from the address source. Used by the loop only.
/// </summary>
internal sealed class ManagerInputs
{
    private static readonly TimeSpan ShortHandler = TimeSpan.FromSeconds(1);

    private readonly ManagerContext _context;
    private readonly ConnectionRunner _runner;
    private readonly SourceCaller? _source;
    private readonly List<AcceptLoop> _acceptLoops = [];
    private readonly DescriptorLimits _descriptors;
    private readonly RefusalReports _refusals;

    /// <summary>True after the first successful start: the listeners accept.</summary>
    private bool _isAccepting;

    /// <summary>True after the first stop.</summary>
    private bool _isStopping;

    /// <summary>True once the warning about a handler that returns at once has been logged.</summary>
    private bool _hasWarnedOfShortHandler;

    /// <summary>The observer of the system's network; null when it is not observed. Set when the manager is created.</summary>
    private NetworkChangeObserver? _networkChanges;

    public ManagerInputs(ManagerContext context, ConnectionRules rules, ConnectionRunner runner, SourceCaller? source)
    {
        (_context, Rules, _runner, _source) = (context, rules, runner, source);
        _descriptors = new DescriptorLimits(context, rules);
        _refusals = new RefusalReports(context.Logger, context.Events);
        foreach (var listener in context.Options.Listeners)
            _acceptLoops.Add(new AcceptLoop(context, listener, _acceptLoops.Count));
    }

    public ConnectionRules Rules { get; }

    /// <summary>True when the manager was stopped and nothing runs any more.</summary>
    public bool HasEnded => _isStopping && _runner.Busy.Count == 0 && _source is not { IsRunning: true } && _acceptLoops.TrueForAll(static loop => loop.HasEnded);

    /// <summary>
    /// Begins to observe the system's network. The last step of the manager's constructor: from here on messages come, also before the
    /// start.
    /// </summary>
    public void ObserveNetworkChanges() => _networkChanges = NetworkChangeObserver.Begin(_context);

    /// <summary>Starts to dial and to accept.</summary>
    /// <returns>The reason why it cannot start; null if it has started.</returns>
    public Exception? OnStart(TimeSpan now)
    {
        if (Rules.IsStopped)
            return NewStoppedException();
        if (!_isAccepting && _descriptors.Check(now) is { } tooFew)
            return tooFew;
        Rules.Start(now);
        if (!_isAccepting)
        {
            _isAccepting = true;
            _context.Metrics.Begin();
            foreach (var acceptLoop in _acceptLoops)
                acceptLoop.Begin();
        }

        return null;
    }

    public static InvalidOperationException NewStoppedException() =>
        new("The connection manager has been stopped and can't be started again. Make a new one.");

    public void OnStop(TimeSpan now)
    {
        if (_isStopping)
            return;
        _isStopping = true;
        _context.Stopping.TrySetResult();
        _networkChanges?.End();
        Rules.Stop(now);
        foreach (var acceptLoop in _acceptLoops)
            acceptLoop.End();
        Log.Stopping(_context.Logger);
    }

    /// <summary>Publishes the remaining events. No message follows.</summary>
    public void OnCompleted() => _refusals.Complete();

    /// <summary>Changes the target of the one group that stands for it.</summary>
    /// <returns>An error when there are named groups.</returns>
    public Exception? OnTargetOutbound(int targetOutbound, TimeSpan now)
    {
        if (!Rules.Groups.IsImplicit)
        {
            return new InvalidOperationException(
                $"The connection manager has {nameof(ConnectionManagerOptions.OutboundGroups)}. Call {nameof(ConnectionManager.SetOutboundGroupsAsync)} instead.");
        }

        OnGroups(GroupSet.FromTarget(targetOutbound), now);
        return null;
    }

    public void OnGroups(GroupSet groups, TimeSpan now)
    {
        Rules.SetGroups(groups, now);
        OnLimits(now);
    }

    /// <summary>Handles a change of the traits of a connection after its handshake.</summary>
    public void OnTraits(Connection connection, TimeSpan now) => Rules.TraitsChanged(connection.Link, connection.Traits, now);

    public void OnMaxInbound(int? maxInbound, TimeSpan now)
    {
        Rules.SetMaxInbound(maxInbound, now);
        OnLimits(now);
    }

    public void OnInboundLimits(InboundLimits limits, TimeSpan now)
    {
        Rules.SetInboundLimits(limits, now);
        _descriptors.Fit(now);
    }

    private void OnLimits(TimeSpan now)
    {
        _descriptors.Fit(now);
        _context.Events.Publish(static (time, rules) => new LimitsChanged(time, rules.Groups, rules.MaxInbound), Rules);
    }

    public void OnSuspend(TimeSpan now)
    {
        if (Rules.Suspend(now))
            _context.Events.Publish(static (time, _) => new NetworkSuspended(time), 0);
    }

    public void OnResume(TimeSpan now)
    {
        if (Rules.Resume(now))
            _context.Events.Publish(static (time, _) => new NetworkResumed(time), 0);
    }

    /// <summary>Decides about a stream that a listener accepted. A refused one costs only its way here and back.</summary>
    public void OnAccepted(AcceptLoop acceptLoop, Stream stream, TimeSpan now)
    {
        if (!TryReadEndPoints(stream, acceptLoop, out var endPoints))
        {
            Rules.Refuse(ConnectFailureCause.Unknown);
            Refuse(acceptLoop, stream, remoteEndPoint: null, ConnectFailureCause.Unknown, now);
        }
        else if (Rules.Accept(endPoints.Remote, acceptLoop.Info, now, out var refusal) is not { } link)
            Refuse(acceptLoop, stream, endPoints.Remote, refusal, now);
        else
        {
            var connection = new Connection(_context, link);
            connection.SetStream(stream, endPoints);
            _context.Metrics.Accepted(connection);
            acceptLoop.OnDecided();
        }
    }

    public void OnListenerFailed(AcceptLoop acceptLoop, Exception exception) =>
        _context.Events.Publish(static (time, state) => new ListenerFailed(time, state.LocalEndPoint, state.exception), (acceptLoop.LocalEndPoint, exception));

    public void OnDialed(Connection connection, TimeSpan now)
    {
        _runner.OnReturned(connection, ConnectionWork.Dial);

        // The shutdown did not see its stream. There may be one even if the dial has failed.
        if (connection.Link.Phase == LinkPhase.Ended)
            _runner.BeginLateDisposal(connection);
        if (connection.Failure is { } exception)
            Fail(connection, exception, now);
        else
            Rules.DialSucceeded(connection.Link, connection.KnownRemoteEndPoint, now);
    }

    public void OnHandshaken(Connection connection, TimeSpan now)
    {
        _runner.OnReturned(connection, ConnectionWork.Handshake);
        if (connection.Failure is { } exception)
            Fail(connection, exception, now);
        else
            Rules.HandshakeSucceeded(connection.Link, connection.Traits, now);
    }

    /// <summary>Ends a connection, because its handler has returned or someone closed it.</summary>
    public void OnClose(Connection connection, DisconnectReason reason, TimeSpan now)
    {
        var link = connection.Link;
        if (link.Phase == LinkPhase.Established)
        {
            if (reason is { Cause: DisconnectCause.HandlerFailed, Exception: { } exception })
                Log.HandlerFailed(_context.Logger, exception, connection);
            else if (reason.Cause == DisconnectCause.HandlerCompleted && now - link.EstablishedAt < ShortHandler && !_hasWarnedOfShortHandler)
            {
                _hasWarnedOfShortHandler = true;
                Log.ShortHandler(_context.Logger, connection);
            }
        }

        Rules.ConnectionEnded(link, reason, now);
    }

    /// <summary>Passes on the connection that waited for this one's handler to return, if there is one.</summary>
    public void OnHandlerReturned(Connection connection)
    {
        _runner.OnReturned(connection, ConnectionWork.Handler);
        if (connection.Request?.TakeNextAfter(connection) is { } next)
            _runner.BeginHandler(next);
    }

    public void OnShutDown(Connection connection) => _runner.OnReturned(connection, ConnectionWork.ShutDown);

    public void OnLateDisposed(Connection connection) => _runner.OnReturned(connection, ConnectionWork.LateDisposal);

    public void OnSourceAnswered(Candidate? candidate, TimeSpan now) => Rules.SourceAnswered(candidate, now);

    public ConnectionManagerSnapshot TakeSnapshot(TimeSpan now) => SnapshotTaker.Take(_context, Rules, _source, hasListeners: _acceptLoops.Count > 0, _runner, now);

    /// <summary>Describes the work that a stop still waits for.</summary>
    public string DescribeRunning()
    {
        var running = _runner.Busy.Select(static connection => $"{connection.Work} of {connection}").ToList();
        if (_source is { IsRunning: true })
            running.Add("the address source");
        running.AddRange(_acceptLoops.Where(static loop => !loop.HasEnded).Select(static loop => $"the listener on {loop.LocalEndPoint}"));
        return running.Count == 0 ? "nothing" : string.Join(", ", running);
    }

    private void Refuse(AcceptLoop acceptLoop, Stream stream, EndPoint? remoteEndPoint, ConnectFailureCause cause, TimeSpan now)
    {
        _refusals.Add(remoteEndPoint, cause, now);
        _context.Metrics.Refused(cause);
        acceptLoop.Refuse(stream);
    }

    /// <summary>Reads the stream's endpoints with the code of the listener, which fails if the peer is already gone.</summary>
    private bool TryReadEndPoints(Stream stream, AcceptLoop acceptLoop, out (EndPoint? Local, EndPoint? Remote) endPoints)
    {
        try
        {
            endPoints = Connection.GetEndPoints(stream, ConnectionKind.Inbound);
            return true;
        }
        catch (Exception exception)
        {
            endPoints = default;
            Log.EndPointsFailed(_context.Logger, exception, acceptLoop.LocalEndPoint);
            return false;
        }
    }

    private void Fail(Connection connection, Exception exception, TimeSpan now)
    {
        var known = exception as ConnectFailedException;

        // The user's code may return an undefined value, but the code below uses it as an index.
        var cause = known is null or { Cause: ConnectFailureCause.None } || !Enum.IsDefined(known.Cause) ? ConnectFailureCause.Unknown : known.Cause;
        var phase = known is not null && Enum.IsDefined(known.Phase) ? known.Phase : ConnectPhase.None;
        Rules.AttemptFailed(connection.Link, phase, cause, exception, now);
    }
}
