using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// Something that happened to the connections of a manager; see <see cref="ConnectionManager.WatchAsync"/>. Immutable. In JSON, a property <c>Event</c> has the name of
/// the type.
/// </summary>
/// <param name="time">The time of the event.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Event")]
[JsonDerivedType(typeof(AddressSourceRests), nameof(AddressSourceRests))]
[JsonDerivedType(typeof(AttemptFailed), nameof(AttemptFailed))]
[JsonDerivedType(typeof(AttemptStarted), nameof(AttemptStarted))]
[JsonDerivedType(typeof(ConnectionClosed), nameof(ConnectionClosed))]
[JsonDerivedType(typeof(ConnectionEstablished), nameof(ConnectionEstablished))]
[JsonDerivedType(typeof(DescriptorsShort), nameof(DescriptorsShort))]
[JsonDerivedType(typeof(EventsDropped), nameof(EventsDropped))]
[JsonDerivedType(typeof(InboundRefused), nameof(InboundRefused))]
[JsonDerivedType(typeof(LimitsChanged), nameof(LimitsChanged))]
[JsonDerivedType(typeof(ListenerFailed), nameof(ListenerFailed))]
[JsonDerivedType(typeof(NetworkResumed), nameof(NetworkResumed))]
[JsonDerivedType(typeof(NetworkSuspended), nameof(NetworkSuspended))]
[JsonDerivedType(typeof(OutageBegan), nameof(OutageBegan))]
[JsonDerivedType(typeof(OutageEnded), nameof(OutageEnded))]
[JsonDerivedType(typeof(RequestEnded), nameof(RequestEnded))]
public abstract class ConnectionEvent(DateTimeOffset time)
{
    /// <summary>The time of the event.</summary>
    public DateTimeOffset Time { get; } = time;

    /// <summary>The other members, for the text.</summary>
    private protected virtual IEnumerable<(string Name, object? Value)> Details => [];

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => RecordText.Of(GetType().Name, [(nameof(Time), Time), .. Details]);
}

/// <summary>The address source gave nothing that may be dialled. It is left alone for <see cref="ConnectionManagerOptions.RetryDuration"/>.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="reason">The reason, in words.</param>
public sealed class AddressSourceRests(DateTimeOffset time, string reason) : ConnectionEvent(time)
{
    /// <summary>The reason, in words.</summary>
    public string Reason { get; } = reason;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Reason), Reason)];
}

/// <summary>An attempt ended without a connection, or was not made; inbound handshakes included.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="kind">The kind of the connection.</param>
/// <param name="outcome">The outcome.</param>
public sealed class AttemptFailed(DateTimeOffset time, ConnectionKind kind, AttemptOutcome outcome) : ConnectionEvent(time)
{
    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; } = kind;

    /// <summary>The outcome.</summary>
    public AttemptOutcome Outcome { get; } = outcome;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Kind), Kind), (nameof(Outcome), Outcome)];
}

/// <summary>The dial of an address has started.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="requestId">The id of the request.</param>
/// <param name="kind">The kind of the connection.</param>
/// <param name="endPoint">The address.</param>
public sealed class AttemptStarted(DateTimeOffset time, long requestId, ConnectionKind kind, EndPoint endPoint) : ConnectionEvent(time)
{
    /// <summary>The id of the request.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; } = kind;

    /// <summary>The address.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint EndPoint { get; } = endPoint;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RequestId), RequestId), (nameof(Kind), Kind), (nameof(EndPoint), EndPoint)];
}

/// <summary>An established connection has ended.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="connection">The connection.</param>
/// <param name="reason">The reason.</param>
public sealed class ConnectionClosed(DateTimeOffset time, Connection connection, DisconnectReason reason) : ConnectionEvent(time)
{
    /// <summary>The connection.</summary>
    public Connection Connection { get; } = connection;

    /// <summary>The reason.</summary>
    public DisconnectReason Reason { get; } = reason;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Connection), Connection), (nameof(Reason), Reason)];
}

/// <summary>A connection is established, its handshake included, and goes to its handler.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="connection">The connection.</param>
public sealed class ConnectionEstablished(DateTimeOffset time, Connection connection) : ConnectionEvent(time)
{
    /// <summary>The connection.</summary>
    public Connection Connection { get; } = connection;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Connection), Connection)];
}

/// <summary>
/// At the start, the process may not open as many files as the limits of connections need, so the limits of inbound connections and of hedged dials were lowered. Raise the
/// limit of open files (ulimit -n, LimitNOFILE=), or lower <see cref="ConnectionManagerOptions.MaxInbound"/> or <see cref="ConnectionManagerOptions.TargetOutbound"/>.
/// </summary>
/// <param name="time">The time of the event.</param>
/// <param name="limit">The number of files that the process may open.</param>
/// <param name="needed">The number of files that the limits need.</param>
/// <param name="maxInbound">The inbound limit from now on; null for none.</param>
public sealed class DescriptorsShort(DateTimeOffset time, long limit, long needed, int? maxInbound) : ConnectionEvent(time)
{
    /// <summary>The number of files that the process may open.</summary>
    public long Limit { get; } = limit;

    /// <summary>The number of files that the limits need.</summary>
    public long Needed { get; } = needed;

    /// <summary>The inbound limit from now on; null for none.</summary>
    public int? MaxInbound { get; } = maxInbound;

    /// <summary>The limit, from now on, of dials beyond one per slot.</summary>
    public int MaxHedgedDials { get; init; }

    private protected override IEnumerable<(string Name, object? Value)> Details =>
        [(nameof(Limit), Limit), (nameof(Needed), Needed), (nameof(MaxInbound), MaxInbound), (nameof(MaxHedgedDials), MaxHedgedDials)];
}

/// <summary>The watcher fell behind and has lost events. <see cref="ConnectionManager.GetSnapshotAsync"/> returns the current state.</summary>
/// <param name="time">The time at which the loss was noticed.</param>
/// <param name="count">The number of lost events.</param>
public sealed class EventsDropped(DateTimeOffset time, int count) : ConnectionEvent(time)
{
    /// <summary>The number of lost events.</summary>
    public int Count { get; } = count;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Count), Count)];
}

/// <summary>An inbound connection was refused when it was accepted.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="remoteEndPoint">The peer; null when it is not known.</param>
/// <param name="cause">The cause.</param>
public sealed class InboundRefused(DateTimeOffset time, EndPoint? remoteEndPoint, ConnectFailureCause cause) : ConnectionEvent(time)
{
    /// <summary>The peer; null when it is not known.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint? RemoteEndPoint { get; } = remoteEndPoint;

    /// <summary>The cause.</summary>
    public ConnectFailureCause Cause { get; } = cause;

    /// <summary>
    /// The number of refusals since the event before this one that got no event: in a flood there are at most 10 events a second, after a burst of 100. All refusals are
    /// counted in <see cref="InboundSnapshot.Refused"/>.
    /// </summary>
    public long Untold { get; init; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RemoteEndPoint), RemoteEndPoint), (nameof(Cause), Cause), (nameof(Untold), Untold)];
}

/// <summary>The target or the inbound limit was changed.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="targetOutbound">The target from now on.</param>
/// <param name="maxInbound">The inbound limit from now on; null for none.</param>
public sealed class LimitsChanged(DateTimeOffset time, int targetOutbound, int? maxInbound) : ConnectionEvent(time)
{
    /// <summary>The target from now on.</summary>
    public int TargetOutbound { get; } = targetOutbound;

    /// <summary>The inbound limit from now on; null for none.</summary>
    public int? MaxInbound { get; } = maxInbound;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(TargetOutbound), TargetOutbound), (nameof(MaxInbound), MaxInbound)];
}

/// <summary>Accepting failed; the manager tries again after a pause. At most one event in 30 s for each listener.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="localEndPoint">The address that is listened on.</param>
/// <param name="exception">The exception of the listener.</param>
public sealed class ListenerFailed(DateTimeOffset time, EndPoint localEndPoint, Exception exception) : ConnectionEvent(time)
{
    /// <summary>The address that is listened on.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint LocalEndPoint { get; } = localEndPoint;

    /// <summary>The exception of the listener.</summary>
    [JsonConverter(typeof(ExceptionJsonConverter))]
    public Exception Exception { get; } = exception;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(LocalEndPoint), LocalEndPoint), (nameof(Exception), Exception)];
}

/// <summary>The network was switched on again.</summary>
/// <param name="time">The time of the event.</param>
public sealed class NetworkResumed(DateTimeOffset time) : ConnectionEvent(time);

/// <summary>The network was switched off.</summary>
/// <param name="time">The time of the event.</param>
public sealed class NetworkSuspended(DateTimeOffset time) : ConnectionEvent(time);

/// <summary>25 attempts in a row got no answer on a route. From now on it is only probed.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="route">"ipv4", "ipv6", "name", "other", or the name of a proxy.</param>
public sealed class OutageBegan(DateTimeOffset time, string route) : ConnectionEvent(time)
{
    /// <summary>"ipv4", "ipv6", "name", "other", or the name of a proxy.</summary>
    public string Route { get; } = route;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Route), Route)];
}

/// <summary>A route gave an answer again, or the system's network changed.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="route">The route, as in <see cref="OutageBegan"/>.</param>
public sealed class OutageEnded(DateTimeOffset time, string route) : ConnectionEvent(time)
{
    /// <summary>The route, as in <see cref="OutageBegan"/>.</summary>
    public string Route { get; } = route;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Route), Route)];
}

/// <summary>A one-off or permanent request has ended for good: its id is no longer known.</summary>
/// <param name="time">The time of the event.</param>
/// <param name="requestId">The id of the request.</param>
/// <param name="kind">The kind of the connection.</param>
/// <param name="state"><see cref="ConnectionState.Canceled"/>, or <see cref="ConnectionState.Disconnected"/> when it had a connection.</param>
public sealed class RequestEnded(DateTimeOffset time, long requestId, ConnectionKind kind, ConnectionState state) : ConnectionEvent(time)
{
    /// <summary>The id of the request.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; } = kind;

    /// <summary><see cref="ConnectionState.Canceled"/>, or <see cref="ConnectionState.Disconnected"/> when it had a connection.</summary>
    public ConnectionState State { get; } = state;

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RequestId), RequestId), (nameof(Kind), Kind), (nameof(State), State)];
}
