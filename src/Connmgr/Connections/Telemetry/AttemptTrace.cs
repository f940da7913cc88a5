using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>
/// The spans of attempts. They start and end outside the loop, where the work runs; the loop only records the outcome of an attempt.
/// Without a listener a connection stores nothing.
/// </summary>
internal static class AttemptTrace
{
    private static readonly ConditionalWeakTable<Connection, Attempt> UnderWay = [];

    private static bool IsTraced => ConnmgrTelemetry.Activities.HasListeners();

    /// <summary>
    /// Starts the span of a dial, in the asynchronous method that dials: only the spans of that method become its children, although it
    /// lasts longer. Not called by the loop.
    /// </summary>
    public static void BeginDial(Connection connection)
    {
        if (!IsTraced || Spans.Start(Spans.Dial) is not { } span)
            return;
        Describe(span, connection);
        Spans.SetServer(span, connection.Link.Request.EndPoint);
        UnderWay.AddOrUpdate(connection, new Attempt(span));
    }

    /// <summary>Starts the span of a handshake, under that of the dial, or as a root if the peer dialled. Not called by the loop.</summary>
    /// <returns>The span, for the caller to stop.</returns>
    public static Activity? BeginHandshake(Connection connection)
    {
        if (!IsTraced)
            return null;
        var parent = UnderWay.TryGetValue(connection, out var attempt) ? attempt.Span.Context : default;
        if (Spans.Start(Spans.Handshake, ActivityKind.Internal, parent) is not { } span)
            return null;
        Describe(span, connection);
        span.SetTag(TelemetryTags.Direction, TelemetryWords<ConnectionDirection>.GetWord(connection.Direction));
        Spans.SetPeer(span, connection.KnownRemoteEndPoint);
        return span;
    }

    /// <summary>Notes the outcome of an attempt, for <see cref="End"/>. Used by the loop only.</summary>
    public static void Note(Connection connection, in AttemptOutcome outcome)
    {
        if (IsTraced && UnderWay.TryGetValue(connection, out var attempt))
            attempt.Outcome = outcome;
    }

    /// <summary>Ends the span of an attempt, once. Not called by the loop.</summary>
    public static void End(Connection connection)
    {
        if (!IsTraced || !UnderWay.TryGetValue(connection, out var attempt) || !UnderWay.Remove(connection))
            return;
        var (span, outcome) = (attempt.Span, attempt.Outcome);
        span.SetTag(TelemetryTags.Outcome, OutcomeWord.GetWord(outcome.Cause));
        if (outcome.Phase != ConnectPhase.None)
            span.SetTag(TelemetryTags.Phase, TelemetryWords<ConnectPhase>.GetWord(outcome.Phase));
        if (outcome.Cause is not (ConnectFailureCause.None or ConnectFailureCause.Canceled or ConnectFailureCause.Stopped or ConnectFailureCause.Superseded))
        {
            var isUnexpected = outcome is { Cause: ConnectFailureCause.Unknown, Exception: not null };
            Spans.SetError(span, isUnexpected ? Spans.GetErrorType(outcome.Exception!) : OutcomeWord.GetWord(outcome.Cause), outcome.Exception?.Message);
        }

        Spans.Stop(span);
    }

    private static void Describe(Activity span, Connection connection)
    {
        span.SetTag(TelemetryTags.Instance, connection.InstanceName);
        span.SetTag(TelemetryTags.Kind, TelemetryWords<ConnectionKind>.GetWord(connection.Kind));
        span.SetTag(TelemetryTags.Network, NetworkWords.Text(connection.CountedAs));
        span.SetTag("connmgr.request.id", connection.Id);
    }

    private sealed class Attempt(Activity span)
    {
        public Activity Span => span;

        public AttemptOutcome Outcome { get; set; }
    }
}
