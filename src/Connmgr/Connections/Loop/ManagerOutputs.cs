using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The outputs of the loop: executes the effects of the rules. Each starts work, publishes an event, measures and logs. Used by the loop
/// only.
/// </summary>
internal sealed class ManagerOutputs(ManagerContext context, ConnectionRules rules, ConnectionRunner runner, SourceCaller? source)
{
    private readonly ConnectionMetrics _metrics = context.Metrics;
    private readonly EventHub _events = context.Events;

    /// <summary>Executes the pending effects of the rules, in order.</summary>
    public void CarryOut()
    {
        // An effect never adds another one, so the list does not change.
        foreach (ref readonly var effect in CollectionsMarshal.AsSpan(rules.Effects))
            CarryOut(effect);
        rules.Effects.Clear();
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                source!.Ask(effect.AskedFor);
                break;
            case EffectKind.CancelAsk:
                source!.CancelAsk();
                break;
            case EffectKind.Report:
                Report(effect.Outcome);
                break;
            case EffectKind.ReportEnd:
                source!.ReportEnd(effect.Outcome);
                break;
            case EffectKind.Dial:
                Dial(effect.Link);
                break;
            case EffectKind.Handshake:
                Handshake(GetConnection(effect.Link));
                break;
            case EffectKind.Abort:
                Abort(GetConnection(effect.Link), effect.Outcome);
                break;
            case EffectKind.Establish:
                Establish(GetConnection(effect.Link), effect.Outcome);
                break;
            case EffectKind.Move:
                Move(GetConnection(effect.Link), effect.From);
                break;
            case EffectKind.Promote:
                _metrics.Promoted(GetConnection(effect.Link));
                Move(GetConnection(effect.Link), from: null);
                break;
            case EffectKind.Close:
                Close(GetConnection(effect.Link), effect.Reason);
                break;
            case EffectKind.NotDialed:
                _metrics.NotDialed(effect.Outcome.Cause);
                PublishFailure(effect.Request, effect.Outcome);
                break;
            case EffectKind.End:
                PublishEnd(effect.Request);
                break;
            case EffectKind.OutageStarted:
                Log.OutageStarted(context.Logger, effect.Route.Name);
                _events.Publish(static (time, route) => new OutageStarted(time, route), effect.Route.Name);
                break;
            case EffectKind.OutageEnded:
                Log.OutageEnded(context.Logger, effect.Route.Name);
                _events.Publish(static (time, route) => new OutageEnded(time, route), effect.Route.Name);
                break;
            case EffectKind.SourceRests:
                Log.SourceRests(context.Logger, effect.Text);
                _events.Publish(static (time, reason) => new AddressSourcePaused(time, reason), effect.Text);
                break;
            default:
                throw new InvalidOperationException($"Unknown effect {effect.Kind}.");
        }
    }

    /// <summary>Reports the outcome of a candidate to the source. One that was not dialled belongs to no request.</summary>
    private void Report(in AttemptOutcome outcome)
    {
        if (outcome.RequestId == 0)
            _metrics.NotDialed(outcome.Cause);
        source!.Report(outcome);
    }

    private void Dial(Link link)
    {
        if (link.Request.Handle is null)
            _ = new ConnectionRequest(link.Request, context.TaskOptions); // An automatic request, which keeps this object.
        if (link.Request is { FromSource: true, Kind: ConnectionKind.Automatic })
            source!.OnDialed();
        _events.Publish(static (time, request) => new AttemptStarted(time, request.Id, request.Kind, request.EndPoint!), link.Request);
        var connection = new Connection(context, link);
        _metrics.DialBegan(connection);
        runner.BeginDial(connection);
    }

    private void Handshake(Connection connection)
    {
        _metrics.HandshakeBegan(connection);
        runner.BeginHandshake(connection);
    }

    private void Abort(Connection connection, in AttemptOutcome outcome)
    {
        connection.MarkEnded();
        _metrics.AttemptEnded(connection, outcome);
        AttemptTrace.Note(connection, outcome);
        PublishFailure(connection.Link.Request, outcome);
        runner.BeginShutDown(connection);
    }

    private void Establish(Connection connection, in AttemptOutcome outcome)
    {
        _metrics.Established(connection, outcome);
        AttemptTrace.Note(connection, outcome);
        Log.Established(context.Logger, connection);
        if (connection.Request is not { } request)
            runner.BeginHandler(connection);
        else
        {
            request.TrySetFirstOutcome(outcome);
            if (request.TryHandOver(connection))
                runner.BeginHandler(connection);
        }

        _events.Publish(static (time, connection) => new ConnectionEstablished(time, connection), connection);
    }

    private void Close(Connection connection, DisconnectReason reason)
    {
        connection.Reason = reason;
        connection.MarkEnded();
        _metrics.Closed(connection, reason);
        connection.Request?.ForgetNext(connection);
        Log.Closed(context.Logger, connection, reason);
        _events.Publish(static (time, state) => new ConnectionClosed(time, state.connection, state.reason), (connection, reason));
        runner.BeginShutDown(connection);
    }

    private void Move(Connection connection, string? from)
    {
        var to = connection.Group!;
        Log.Moved(context.Logger, connection, from, to);
        _events.Publish(static (time, state) => new ConnectionMoved(time, state.connection, state.from, state.to), (connection, from, to));
        context.OnMoved?.Invoke(connection, from, to);
    }

    private void PublishFailure(Request request, in AttemptOutcome outcome)
    {
        (request.Handle as ConnectionRequest)?.TrySetFirstOutcome(outcome);
        Log.AttemptFailed(context.Logger, request, outcome);
        _events.Publish(static (time, state) => new AttemptFailed(time, state.Kind, state.outcome), (request.Kind, outcome));
    }

    private void PublishEnd(Request request)
    {
        if (request.Kind is ConnectionKind.OneOff or ConnectionKind.Permanent or ConnectionKind.Trial)
            _events.Publish(static (time, request) => new RequestEnded(time, request.Id, request.Kind, request.State), request);
    }

    private static Connection GetConnection(Link link) => (Connection)link.Handle!;
}
