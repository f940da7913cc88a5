using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>
/// The spans of attempts. They are begun and ended off the loop, where the work is; the loop only notes how an attempt ended. While nobody listens nothing is kept with a connection.
/// </summary>
internal static class AttemptTrace
{
    private static readonly ConditionalWeakTable<Connection, Attempt> UnderWay = [];

    private static bool IsTraced => ConnmgrTelemetry.Activities.HasListeners();

    /// <summary>
    /// A dial begins, in the asynchronous method that makes it: what that traces is under the span, and nothing beyond it, though the span goes on. Not on the loop.
    /// </summary>
    public static void BeginDial(Connection connection)
    {
        if (!IsTraced || Spans.Start(Spans.Dial) is not { } span)
            return;
        Describe(span, connection);
        Spans.SetServer(span, connection.Link.Request.EndPoint);
        UnderWay.AddOrUpdate(connection, new Attempt(span));
    }

    /// <summary>A handshake begins: under the dial, or on its own when the peer dialled. Not on the loop.</summary>
    /// <returns>The span, to be stopped.</returns>
    public static Activity? BeginHandshake(Connection connection)
    {
        if (!IsTraced)
            return null;
        var parent = UnderWay.TryGetValue(connection, out var attempt) ? attempt.Span.Context : default;
        if (Spans.Start(Spans.Handshake, ActivityKind.Internal, parent) is not { } span)
            return null;
        Describe(span, connection);
        span.SetTag(TelemetryTags.Direction, TelemetryWords<ConnectionDirection>.Of(connection.Direction));
        Spans.SetPeer(span, connection.KnownRemoteEndPoint);
        return span;
    }

    /// <summary>Notes how an attempt ended, for <see cref="End"/>. Of the loop.</summary>
    public static void Note(Connection connection, in AttemptOutcome outcome)
    {
        if (IsTraced && UnderWay.TryGetValue(connection, out var attempt))
            attempt.Outcome = outcome;
    }

    /// <summary>Ends the span of an attempt, once. Not on the loop.</summary>
    public static void End(Connection connection)
    {
        if (!IsTraced || !UnderWay.TryGetValue(connection, out var attempt) || !UnderWay.Remove(connection))
            return;
        var (span, outcome) = (attempt.Span, attempt.Outcome);
        span.SetTag(TelemetryTags.Outcome, OutcomeWord.Of(outcome.Cause));
        if (outcome.Phase != ConnectPhase.None)
            span.SetTag(TelemetryTags.Phase, TelemetryWords<ConnectPhase>.Of(outcome.Phase));
        if (outcome.Cause is not (ConnectFailureCause.None or ConnectFailureCause.Canceled or ConnectFailureCause.Stopped or ConnectFailureCause.Superseded))
        {
            var isUnexpected = outcome is { Cause: ConnectFailureCause.Unknown, Exception: not null };
            Spans.SetError(span, isUnexpected ? Spans.ErrorTypeOf(outcome.Exception!) : OutcomeWord.Of(outcome.Cause), outcome.Exception?.Message);
        }

        Spans.Stop(span);
    }

    private static void Describe(Activity span, Connection connection)
    {
        span.SetTag(TelemetryTags.Instance, connection.InstanceName);
        span.SetTag(TelemetryTags.Kind, TelemetryWords<ConnectionKind>.Of(connection.Kind));
        span.SetTag(TelemetryTags.Network, NetworkWords.Text(connection.CountedAs));
        span.SetTag("connmgr.request.id", connection.Id);
    }

    private sealed class Attempt(Activity span)
    {
        public Activity Span => span;

        public AttemptOutcome Outcome { get; set; }
    }
}
