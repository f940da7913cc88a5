using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Describes events in words, safe to print.</summary>
internal static class EventText
{
    /// <summary>Describes an event in one line.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The line; null for an event that is not shown.</returns>
    public static EventLine? Describe(ConnectionEvent happened) => happened switch
    {
        ConnectionEstablished established => Line(happened, EventTone.Good, Connected(PeerDetails.From(established.Connection), established.Group)),
        ConnectionMoved { Connection: var connection, From: var from, To: var to } => Line(
            happened,
            EventTone.Plain,
            $"moved         {Names.Get(PeerNetwork.GetPurpose(connection))} #{connection.Id}  {AddressText.Format(connection.RemoteEndPoint)}  {(from is null ? null : $"{from} ")}to {to}"),
        ConnectionClosed closed => Line(happened, EventTone.Lost, Disconnected(closed.Connection, closed.Reason)),
        AttemptFailed { Outcome.Cause: var cause } when RunTally.IsOurs(cause) => null,
        AttemptFailed failed => Line(happened, EventTone.Failed, Failed(failed.Kind, failed.Outcome)),
        InboundRefused { RemoteEndPoint: var remote, Cause: var cause, Suppressed: var suppressed } => Line(
            happened,
            EventTone.Failed,
            $"refused       inbound  {AddressText.Format(remote)}  {Names.Get(cause)}{(suppressed > 0 ? $", and {suppressed} more before" : null)}"),
        ListenerFailed { LocalEndPoint: var local, Exception: var exception } =>
            Line(happened, EventTone.Warning, $"can't accept at {AddressText.Format(local)}: {SafeText.Line(exception.Message)}"),
        OutageStarted { Route: var route } => Line(happened, EventTone.Warning, $"no more answers on route {route}: only probing it"),
        OutageEnded { Route: var route } => Line(happened, EventTone.Good, $"route {route} answers again"),
        AddressSourcePaused { Reason: var reason } =>
            Line(happened, EventTone.Warning, $"no addresses to dial for now: {SafeText.Line(reason)}"),
        EventsDropped { Count: var count } => Line(happened, EventTone.Warning, $"{count} events came too fast to be shown"),
        LimitsChanged { TargetOutbound: var target, Groups: var groups, MaxInbound: var max } =>
            Line(happened, EventTone.Plain, $"target {target}{Targets(groups)}, {(max is null ? "any number of" : $"at most {max}")} inbound"),
        FileDescriptorLimitTooLow { Limit: var limit, Needed: var needed, MaxInbound: var max } => Line(
            happened,
            EventTone.Warning,
            $"this process may open {limit} files and needs {needed}: {(max is null ? "inbound peers may fail" : $"at most {max} inbound")}; raise the limit with ulimit -n"),
        NetworkSuspended => Line(happened, EventTone.Warning, "the network is switched off"),
        NetworkResumed => Line(happened, EventTone.Good, "the network is switched on"),
        _ => null,
    };

    /// <summary>Describes the outcome of a seed in one line.</summary>
    public static EventLine Describe(SeedOutcome outcome)
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
    public static EventLine Describe(DateTimeOffset time, TorState state)
    {
        if (!state.IsConnected)
            return new(time, EventTone.Warning, $"no Tor        {SafeText.Line(state.Failure ?? "the connection to its control port has ended")}");
        var service = state.OnionService is not { } onion ? null : state.IsOnionServicePublished ? $", {onion} is published" : $", serves {onion}";
        return new(time, EventTone.Good, $"Tor           {SafeText.Line(state.Version ?? "of no known version")}{service}");
    }

    /// <summary>Describes an address at which others can reach the run in one line.</summary>
    public static EventLine Describe(DateTimeOffset time, ExternalAddress address, bool isAdded) => isAdded
        ? new(time, EventTone.Plain, $"reachable     at {address.EndPoint}  ({string.Join(", ", address.Origins.Select(Names.Get))})")
        : new(time, EventTone.Lost, $"unreachable   no longer at {address.EndPoint}");

    /// <summary>Describes the state of I2P in one line.</summary>
    public static EventLine Describe(DateTimeOffset time, I2PState state) => state.IsConnected
        ? new(time, EventTone.Good, $"I2P           {(state.Address is { } address ? $"serves {address.Address}" : "peers can be dialled")}")
        : new(time, EventTone.Warning, $"no I2P        {SafeText.Line(state.Failure ?? "the session has ended")}");

    /// <summary>Describes the state of the port mappings in lines.</summary>
    public static IEnumerable<EventLine> Describe(DateTimeOffset time, PortMappingState state) =>
    [
        .. state.Mappings.Select(mapping => new EventLine(
            time,
            mapping.IsPublic ? EventTone.Good : EventTone.Warning,
            $"port mapped   {mapping}{(mapping.IsPublic ? null : ", which is not public: peers can't connect")}")),
        .. state.Failures.Select(failure => new EventLine(time, EventTone.Warning, $"port mapping  {SafeText.Line(failure, SafeText.MaxNoticeLength)}")),
        .. state is { Mappings.IsEmpty: true, Failures.IsEmpty: true } ? [new EventLine(time, EventTone.Plain, "port mapping  none any more")] : (EventLine[])[],
    ];

    /// <summary>Describes the outcome of a reload in lines.</summary>
    public static IEnumerable<EventLine> Describe(DateTimeOffset time, ReloadOutcome outcome) =>
        outcome.Lines().Select(line => new EventLine(time, outcome.Errors.IsEmpty ? EventTone.Good : EventTone.Warning, SafeText.Line(line, maxLength: 1024)));

    /// <summary>Describes why a connection ended.</summary>
    /// <returns>For example <c>pingTimeout: The peer did not answer a ping within 00:20:00.</c></returns>
    public static string Describe(DisconnectReason reason) =>
        (reason.Detail ?? reason.Exception?.Message) is { Length: > 0 } text
            ? $"{Names.Get(reason.Cause)}: {SafeText.Line(text)}"
            : Names.Get(reason.Cause);

    private static string Disconnected(Connection connection, DisconnectReason reason) =>
        $"disconnected  {Names.Get(PeerNetwork.GetPurpose(connection))} #{connection.Id}  {AddressText.Format(connection.RemoteEndPoint)}  {Describe(reason)}";

    private static string Failed(ConnectionKind kind, AttemptOutcome outcome) =>
        $"failed        {Who(kind, outcome.RequestId)}  {AddressText.Format(outcome.EndPoint)}  {Describe(outcome)}";

    private static string Describe(AttemptOutcome outcome)
    {
        var phase = outcome.Phase == ConnectPhase.None ? string.Empty : $"{Names.Get(outcome.Phase)} ";
        return $"{phase}{Names.Get(outcome.Cause)} after {outcome.Duration.TotalSeconds:0.00} s";
    }

    private static string Connected(PeerDetails peer, string? group) =>
        $"connected     {Names.Get(peer.Purpose)} #{peer.Id}  {peer.Address}  {peer.UserAgent}  height {peer.Height}{(peer.Transport is "v2" ? "  encrypted" : null)}{(group is null or GroupItem.DefaultName ? null : $"  group {group}")}";

    private static string? Targets(IReadOnlyList<OutboundGroup> groups) =>
        groups is [{ Name: GroupItem.DefaultName }] ? null : $" ({string.Join(", ", groups.Select(static group => $"{group.Name} {group.Target}"))})";

    private static string Who(ConnectionKind kind, long id) => $"{Names.Get(kind)} #{id}";

    private static EventLine? Line(ConnectionEvent happened, EventTone tone, string text) => new EventLine(happened.Time, tone, text);
}
