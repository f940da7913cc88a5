using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Describes events in words, safe to print.</summary>
internal static class EventText
{
    /// <summary>Describes an event in one line.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The line; null for an event that is not shown.</returns>
    public static EventLine? Of(ConnectionEvent happened) => happened switch
    {
        ConnectionEstablished established => Line(happened, EventTone.Good, Connected(PeerDetails.Of(established.Connection))),
        ConnectionClosed closed => Line(happened, EventTone.Lost, Disconnected(closed.Connection, closed.Reason)),
        AttemptFailed { Outcome.Cause: var cause } when RunTally.IsOurs(cause) => null,
        AttemptFailed failed => Line(happened, EventTone.Failed, Failed(failed.Kind, failed.Outcome)),
        InboundRefused { RemoteEndPoint: var remote, Cause: var cause, Untold: var untold } => Line(
            happened,
            EventTone.Failed,
            $"refused       inbound  {AddressText.Of(remote)}  {Names.Of(cause)}{(untold > 0 ? $", and {untold} more before" : null)}"),
        ListenerFailed { LocalEndPoint: var local, Exception: var exception } =>
            Line(happened, EventTone.Warning, $"can't accept at {AddressText.Of(local)}: {SafeText.Line(exception.Message)}"),
        OutageBegan { Route: var route } => Line(happened, EventTone.Warning, $"no more answers on route {route}: only probing it"),
        OutageEnded { Route: var route } => Line(happened, EventTone.Good, $"route {route} answers again"),
        AddressSourceRests { Reason: var reason } =>
            Line(happened, EventTone.Warning, $"no addresses to dial for now: {SafeText.Line(reason)}"),
        EventsDropped { Count: var count } => Line(happened, EventTone.Warning, $"{count} events came too fast to be shown"),
        LimitsChanged { TargetOutbound: var target, MaxInbound: var max } =>
            Line(happened, EventTone.Plain, $"target {target}, {(max is null ? "any number of" : $"at most {max}")} inbound"),
        DescriptorsShort { Limit: var limit, Needed: var needed, MaxInbound: var max } => Line(
            happened,
            EventTone.Warning,
            $"this process may open {limit} files and needs {needed}: {(max is null ? "inbound peers may fail" : $"at most {max} inbound")}; raise the limit with ulimit -n"),
        NetworkSuspended => Line(happened, EventTone.Warning, "the network is switched off"),
        NetworkResumed => Line(happened, EventTone.Good, "the network is switched on"),
        _ => null,
    };

    /// <summary>Describes the outcome of a seed in one line.</summary>
    public static EventLine Of(SeedOutcome outcome)
    {
        var what = outcome.Failure switch
        {
            SeedFailure.None => $"{outcome.AddressCount} addresses",
            SeedFailure.NoAddresses => "no addresses",
            SeedFailure.Timeout => "no answer in time",
            _ => $"failed: {SafeText.Line(outcome.Exception?.Message ?? "for no known reason")}",
        };
        var tone = outcome.Failure == SeedFailure.None ? EventTone.Good : EventTone.Failed;
        return new(outcome.Time, tone, $"seed          {SafeText.Line(outcome.Name)}  {what} after {outcome.Duration.TotalSeconds:0.00} s");
    }

    /// <summary>Describes the state of Tor's control port in one line.</summary>
    public static EventLine Of(DateTimeOffset time, TorState state)
    {
        if (!state.IsConnected)
            return new(time, EventTone.Warning, $"no Tor        {SafeText.Line(state.Failure ?? "the connection to its control port has ended")}");
        var service = state.OnionService is not { } onion ? null : state.IsOnionServicePublished ? $", {onion} is published" : $", serves {onion}";
        return new(time, EventTone.Good, $"Tor           {SafeText.Line(state.Version ?? "of no known version")}{service}");
    }

    /// <summary>Describes the outcome of a reload in lines.</summary>
    public static IEnumerable<EventLine> Of(DateTimeOffset time, ReloadOutcome outcome) =>
        outcome.Lines().Select(line => new EventLine(time, outcome.Errors.IsEmpty ? EventTone.Good : EventTone.Warning, SafeText.Line(line, maxLength: 1024)));

    /// <summary>Describes why a connection ended.</summary>
    /// <returns>For example <c>pingTimeout: The peer did not answer a ping within 00:20:00.</c></returns>
    public static string Of(DisconnectReason reason) =>
        (reason.Detail ?? reason.Exception?.Message) is { Length: > 0 } text
            ? $"{Names.Of(reason.Cause)}: {SafeText.Line(text)}"
            : Names.Of(reason.Cause);

    private static string Disconnected(Connection connection, DisconnectReason reason) =>
        $"disconnected  {Names.Of(PeerNetwork.PurposeOf(connection))} #{connection.Id}  {AddressText.Of(connection.RemoteEndPoint)}  {Of(reason)}";

    private static string Failed(ConnectionKind kind, AttemptOutcome outcome) =>
        $"failed        {Who(kind, outcome.RequestId)}  {AddressText.Of(outcome.EndPoint)}  {Of(outcome)}";

    private static string Of(AttemptOutcome outcome)
    {
        var phase = outcome.Phase == ConnectPhase.None ? string.Empty : $"{Names.Of(outcome.Phase)} ";
        return $"{phase}{Names.Of(outcome.Cause)} after {outcome.Duration.TotalSeconds:0.00} s";
    }

    private static string Connected(PeerDetails peer) =>
        $"connected     {Names.Of(peer.Purpose)} #{peer.Id}  {peer.Address}  {peer.UserAgent}  height {peer.Height}";

    private static string Who(ConnectionKind kind, long id) => $"{Names.Of(kind)} #{id}";

    private static EventLine? Line(ConnectionEvent happened, EventTone tone, string text) => new EventLine(happened.Time, tone, text);
}
