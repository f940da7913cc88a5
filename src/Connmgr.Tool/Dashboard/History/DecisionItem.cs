using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>A decision or an event, and its reason. The property names are those of the JSON.</summary>
internal sealed record DecisionItem
{
    /// <summary>The number, which increases; <c>?after=</c> takes it.</summary>
    public long Number { get; init; }

    public required string Time { get; init; }

    /// <summary><c>connected</c>, <c>moved</c>, <c>disconnected</c>, <c>failed</c>, <c>givenUp</c>, <c>refused</c>, <c>outage</c>, <c>notice</c>.</summary>
    public required string What { get; init; }

    /// <summary><c>good</c>, <c>lost</c>, <c>failed</c>, <c>warning</c> or <c>plain</c>.</summary>
    public required string Tone { get; init; }

    /// <summary>The id of the connection or request; null where there is none.</summary>
    public long? Id { get; init; }

    /// <summary>The purpose of the connection, as in a list of peers; null when there is no peer.</summary>
    public string? Purpose { get; init; }

    /// <summary>HOST:PORT; null where there is none.</summary>
    public string? Address { get; init; }

    /// <summary>The phase in which an attempt failed: <c>resolve</c>, <c>tcp</c>, <c>proxy</c>, <c>handshake</c>; null otherwise.</summary>
    public string? Phase { get; init; }

    /// <summary>The cause; null where there is none.</summary>
    public string? Cause { get; init; }

    /// <summary>The meaning of the cause; for a notice, its text.</summary>
    public string? Explanation { get; init; }

    /// <summary>Details from the peer or the system; null for none.</summary>
    public string? Detail { get; init; }

    /// <summary>The duration of an attempt; null when it is not an attempt.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>Converts an event.</summary>
    /// <returns>The decision; null for an event without one.</returns>
    public static DecisionItem? From(ConnectionEvent happened) => happened switch
    {
        ConnectionEstablished { Connection: var connection } => New(happened, "connected", EventTone.Good) with
        {
            Id = connection.Id,
            Purpose = Names.Get(PeerNetwork.GetPurpose(connection)),
            Address = AddressText.Format(connection.RemoteEndPoint),
            Detail = PeerDetails.From(connection).UserAgent is { Length: > 0 } agent ? agent : null,
        },
        ConnectionClosed { Connection: var connection, Reason: var reason } => New(happened, "disconnected", EventTone.Lost) with
        {
            Id = connection.Id,
            Purpose = Names.Get(PeerNetwork.GetPurpose(connection)),
            Address = AddressText.Format(connection.RemoteEndPoint),
            Cause = Names.Get(reason.Cause),
            Explanation = DecisionText.Explain(reason.Cause),
            Detail = Safe(reason.Detail ?? reason.Exception?.Message),
        },
        ConnectionMoved { Connection: var connection, From: var from, To: var to } => New(happened, "moved", EventTone.Plain) with
        {
            Id = connection.Id,
            Purpose = Names.Get(PeerNetwork.GetPurpose(connection)),
            Address = AddressText.Format(connection.RemoteEndPoint),
            Explanation = from is null ? $"It is in the group {to} now." : $"It moved from the group {from} to {to}, which lacked a peer.",
        },
        AttemptFailed { Kind: var kind, Outcome: var outcome } => FromOutcome(happened, kind, outcome),
        InboundRefused refused => New(happened, "refused", EventTone.Failed) with
        {
            Purpose = Names.Get(ConnectionKind.Inbound),
            Address = AddressText.Format(refused.RemoteEndPoint),
            Cause = Names.Get(refused.Cause),
            Explanation = DecisionText.Explain(refused.Cause),
            Detail = refused.Suppressed > 0 ? $"and {refused.Suppressed} more before it" : null,
        },
        OutageStarted or OutageEnded => FromText(happened, "outage"),
        _ => FromText(happened, "notice"),
    };

    private static DecisionItem FromOutcome(ConnectionEvent happened, ConnectionKind kind, AttemptOutcome outcome)
    {
        var isOurs = RunTally.IsOurs(outcome.Cause);
        return New(happened, isOurs ? "givenUp" : "failed", isOurs ? EventTone.Plain : EventTone.Failed) with
        {
            Id = outcome.RequestId,
            Purpose = Names.Get(kind),
            Address = outcome.EndPoint is null ? null : AddressText.Format(outcome.EndPoint),
            Phase = outcome.Phase == ConnectPhase.None ? null : Names.Get(outcome.Phase),
            Cause = Names.Get(outcome.Cause),
            Explanation = DecisionText.Explain(outcome.Cause),
            Detail = Safe(outcome.Exception?.Message),
            Milliseconds = Math.Round(outcome.Duration.TotalMilliseconds, 3),
        };
    }

    private static DecisionItem? FromText(ConnectionEvent happened, string what) =>
        EventText.Describe(happened) is { } line ? New(happened, what, line.Tone) with { Explanation = line.Text } : null;

    private static DecisionItem New(ConnectionEvent happened, string what, EventTone tone) =>
        new() { Time = EventJson.Time(happened.Time), What = what, Tone = Names.Get(tone) };

    private static string? Safe(string? text) => string.IsNullOrEmpty(text) ? null : SafeText.Line(text);
}
