using System.Net;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>What comes back from connections to the rules, and what the rules have done about it.</summary>
public sealed partial class ConnectionManager
{
    private static readonly TimeSpan ShortHandler = TimeSpan.FromSeconds(1);

    /// <summary>The handler's task for a connection; null when there is no handler. Not on the loop.</summary>
    internal Task? HandleAsync(Connection connection) => connection.Request is { } request
        ? Options.OnConnection?.Invoke(request, connection, connection.Closing)
        : Options.OnAccept?.Invoke(connection, connection.Closing);

    /// <summary>Calls OnDisconnection for an outbound connection. Not on the loop.</summary>
    internal async ValueTask CallOnDisconnectionAsync(Connection connection)
    {
        if (connection.Request is not { } request || Options.OnDisconnection is not { } onDisconnection)
            return;
        try
        {
            await onDisconnection(request, connection).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(Logger, exception, "OnDisconnection", connection.ToString());
        }
    }

    /// <summary>A listener accepted a stream. A refused one costs no more than its way here and back.</summary>
    internal void OnAccepted(AcceptLoop acceptLoop, Stream stream, TimeSpan now)
    {
        if (!TryReadEndPoints(stream, acceptLoop, out var ends))
        {
            _rules.Refuse(ConnectFailureCause.Unknown);
            Refuse(acceptLoop, stream, remoteEndPoint: null, ConnectFailureCause.Unknown, now);
        }
        else if (_rules.Accept(ends.Remote, acceptLoop.Info, now, out var refusal) is not { } link)
            Refuse(acceptLoop, stream, ends.Remote, refusal, now);
        else
        {
            var connection = new Connection(this, link);
            connection.Adopt(stream, ends);
            Metrics.Accepted(connection);
            acceptLoop.Decided();
        }
    }

    private void Refuse(AcceptLoop acceptLoop, Stream stream, EndPoint? remoteEndPoint, ConnectFailureCause cause, TimeSpan now)
    {
        _refusalReports.Refused(remoteEndPoint, cause, now);
        Metrics.Refused(cause);
        acceptLoop.Refuse(stream);
    }

    /// <summary>The stream's endpoints are the listener's own code, which fails when the peer is gone already.</summary>
    private bool TryReadEndPoints(Stream stream, AcceptLoop acceptLoop, out (EndPoint? Local, EndPoint? Remote) ends)
    {
        try
        {
            ends = Connection.EndPointsOf(stream, ConnectionKind.Inbound);
            return true;
        }
        catch (Exception exception)
        {
            ends = default;
            Log.EndPointsFailed(Logger, exception, acceptLoop.LocalEndPoint);
            return false;
        }
    }

    internal void OnListenerFailed(AcceptLoop acceptLoop, Exception exception) =>
        Publish(static (time, state) => new ListenerFailed(time, state.LocalEndPoint, state.exception), (acceptLoop.LocalEndPoint, exception));

    /// <summary>The program reports what peers are good for. From any thread.</summary>
    internal void NoteUsefulness() => _rules.KnowsUsefulness = true;

    internal void OnSourceAnswered(Candidate? candidate, TimeSpan now) => _rules.SourceAnswered(candidate, now);

    /// <summary>Asks the rules about one of the addresses of a name. Not on the loop.</summary>
    internal Task<ConnectFailedException?> ReserveAsync(Connection connection, IPEndPoint address, CancellationToken cancellationToken) => CallAsync(
        (connection, address),
        static (manager, subject, _) => manager._rules.Reserve(subject.connection.Link, subject.address),
        whenStopped: null,
        cancellationToken);

    private void OnDialed(Connection connection, TimeSpan now)
    {
        Finish(connection, ConnectionActivity.Dial);

        // Too late for the shutdown to have seen its stream; there may be one even when the dial is said to have failed.
        if (connection.Link.Phase == LinkPhase.Ended)
            Begin(connection, ConnectionActivity.LateDisposal, static connection => ((Connection)connection).DisposeLateAsync());
        if (connection.Failure is { } exception)
            Fail(connection, exception, now);
        else
            _rules.DialSucceeded(connection.Link, connection.KnownRemoteEndPoint, now);
    }

    private void OnHandshaken(Connection connection, TimeSpan now)
    {
        Finish(connection, ConnectionActivity.Handshake);
        if (connection.Failure is { } exception)
            Fail(connection, exception, now);
        else
            _rules.HandshakeSucceeded(connection.Link, now);
    }

    private void Fail(Connection connection, Exception exception, TimeSpan now)
    {
        var known = exception as ConnectFailedException;

        // What the user's code says may be no member at all; what follows looks words up by it.
        var cause = known is null or { Cause: ConnectFailureCause.None } || !Enum.IsDefined(known.Cause) ? ConnectFailureCause.Unknown : known.Cause;
        var phase = known is not null && Enum.IsDefined(known.Phase) ? known.Phase : ConnectPhase.None;
        _rules.AttemptFailed(connection.Link, phase, cause, exception, now);
    }

    private void OnEnd(Connection connection, DisconnectReason reason, TimeSpan now)
    {
        var link = connection.Link;
        if (link.Phase == LinkPhase.Established)
        {
            if (reason is { Cause: DisconnectCause.HandlerFailed, Exception: { } exception })
                Log.HandlerFailed(Logger, exception, connection);
            else if (reason.Cause == DisconnectCause.HandlerCompleted && now - link.EstablishedAt < ShortHandler && !_hasWarnedOfShortHandler)
            {
                _hasWarnedOfShortHandler = true;
                Log.ShortHandler(Logger, connection);
            }
        }

        _rules.ConnectionEnded(link, reason, now);
    }

    private void OnHandled(Connection connection)
    {
        Finish(connection, ConnectionActivity.Handler);
        if (connection.Request is not { } request || request.Handled != connection)
            return;
        request.Handled = request.Next;
        request.Next = null;
        if (request.Handled is { } next)
            BeginHandler(next);
    }

    /// <summary>Begins what the rules ask for.</summary>
    private void CarryOut()
    {
        // An effect never adds another: the list is as the rules left it.
        foreach (ref readonly var effect in CollectionsMarshal.AsSpan(_rules.Effects))
            CarryOut(effect);
        _rules.Effects.Clear();
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                _source!.Ask(effect.AskedFor);
                break;
            case EffectKind.CancelAsk:
                _source!.CancelAsk();
                break;
            case EffectKind.Report:
                Report(effect);
                break;
            case EffectKind.ReportEnd:
                _source!.ReportEnd(effect.Outcome);
                break;
            case EffectKind.Dial:
                Dial(effect.Link);
                break;
            case EffectKind.Handshake:
                Handshake(ConnectionOf(effect.Link));
                break;
            case EffectKind.Abort:
                Abort(effect);
                break;
            case EffectKind.Establish:
                HandOver(effect);
                break;
            case EffectKind.Close:
                Close(effect);
                break;
            case EffectKind.NotDialed:
                Metrics.NotDialed(effect.Outcome.Cause);
                OnOutcome(effect);
                break;
            case EffectKind.End:
                OnRequestEnded(effect.Request);
                break;
            case EffectKind.OutageBegan:
                Log.OutageBegan(Logger, effect.Route.Name);
                Publish(static (time, route) => new OutageBegan(time, route), effect.Route.Name);
                break;
            case EffectKind.OutageEnded:
                Log.OutageEnded(Logger, effect.Route.Name);
                Publish(static (time, route) => new OutageEnded(time, route), effect.Route.Name);
                break;
            case EffectKind.SourceRests:
                Log.SourceRests(Logger, effect.Text);
                Publish(static (time, reason) => new AddressSourceRests(time, reason), effect.Text);
                break;
            default:
                throw new InvalidOperationException($"Unknown effect {effect.Kind}.");
        }
    }

    private void Dial(Link link)
    {
        if (link.Request.Handle is null)
            _ = new ConnectionRequest(link.Request, TaskOptions); // An automatic one; the request keeps it.
        if (link.Request is { FromSource: true, Kind: ConnectionKind.Automatic })
            _source!.Dialed();
        Publish(static (time, request) => new AttemptStarted(time, request.Id, request.Kind, request.EndPoint!), link.Request);
        var connection = new Connection(this, link);
        Metrics.DialBegan(connection);
        Begin(connection, ConnectionActivity.Dial, static connection => ((Connection)connection).DialAsync());
    }

    private void Handshake(Connection connection)
    {
        Metrics.HandshakeBegan(connection);
        Begin(connection, ConnectionActivity.Handshake, static connection => ((Connection)connection).HandshakeAsync());
    }

    /// <summary>A candidate that was not dialled belongs to no request.</summary>
    private void Report(in Effect effect)
    {
        if (effect.Outcome.RequestId == 0)
            Metrics.NotDialed(effect.Outcome.Cause);
        _source!.Report(effect.Outcome);
    }

    private void Abort(in Effect effect)
    {
        var connection = ConnectionOf(effect.Link);
        connection.MarkEnded();
        Metrics.AttemptEnded(connection, effect.Outcome);
        AttemptTrace.Note(connection, effect.Outcome);
        OnOutcome(effect);
        Begin(connection, ConnectionActivity.ShutDown, static connection => ((Connection)connection).ShutDownAsync());
    }

    private void OnOutcome(in Effect effect)
    {
        (effect.Request.Handle as ConnectionRequest)?.TrySetFirstOutcome(effect.Outcome);
        Log.AttemptFailed(Logger, effect.Request, effect.Outcome);
        Publish(static (time, state) => new AttemptFailed(time, state.Kind, state.Outcome), (effect.Request.Kind, effect.Outcome));
    }

    private void OnRequestEnded(Request request)
    {
        if (request.Kind is ConnectionKind.OneOff or ConnectionKind.Permanent)
            Publish(static (time, request) => new RequestEnded(time, request.Id, request.Kind, request.State), request);
    }

    private void HandOver(in Effect effect)
    {
        var connection = ConnectionOf(effect.Link);
        Metrics.Established(connection, effect.Outcome);
        AttemptTrace.Note(connection, effect.Outcome);
        Log.Established(Logger, connection);
        if (effect.Request.Kind == ConnectionKind.Inbound)
            BeginHandler(connection);
        else
        {
            var request = (ConnectionRequest)effect.Request.Handle!;
            request.TrySetFirstOutcome(effect.Outcome);
            if (request.Handled is null)
            {
                request.Handled = connection;
                BeginHandler(connection);
            }
            else
                request.Next = connection; // The handler of the connection before has not returned yet.
        }

        Publish(static (time, connection) => new ConnectionEstablished(time, connection), connection);
    }

    private void BeginHandler(Connection connection) =>
        Begin(connection, ConnectionActivity.Handler, static connection => ((Connection)connection).HandleAsync());

    private void Close(in Effect effect)
    {
        var connection = ConnectionOf(effect.Link);
        connection.Reason = effect.Reason;
        connection.MarkEnded();
        Metrics.Closed(connection, effect.Reason);
        if (connection.Request is { } request && request.Next == connection)
            request.Next = null; // It was never handed over.
        Log.Closed(Logger, connection, effect.Reason);
        Publish(static (time, state) => new ConnectionClosed(time, state.connection, state.Reason), (connection, effect.Reason));
        Begin(connection, ConnectionActivity.ShutDown, static connection => ((Connection)connection).ShutDownAsync());
    }

    private void Begin(Connection connection, ConnectionActivity activity, Func<object, Task> work)
    {
        connection.Activity |= activity;
        _running.Add(connection);
        _schedule(work, connection);
    }

    private void Finish(Connection connection, ConnectionActivity activity)
    {
        connection.Activity &= ~activity;
        if (connection.Activity == ConnectionActivity.None)
            _running.Remove(connection);
    }

    private void PublishLimits() =>
        Publish(static (time, rules) => new LimitsChanged(time, rules.TargetOutbound, rules.MaxInbound), _rules);

    private void Publish<T>(Func<DateTimeOffset, T, ConnectionEvent> make, T state) => _events.Publish(make, state);

    private static Connection ConnectionOf(Link link) => (Connection)link.Handle!;
}
