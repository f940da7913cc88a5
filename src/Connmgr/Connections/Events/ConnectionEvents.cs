using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Something that happened to the connections of a manager; see <see cref="ConnectionManager.WatchAsync"/>. Immutable. In JSON, a property
/// <c>Event</c> has the name of the type.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Event")]
[JsonDerivedType(typeof(AddressSourcePaused), nameof(AddressSourcePaused))]
[JsonDerivedType(typeof(AttemptFailed), nameof(AttemptFailed))]
[JsonDerivedType(typeof(AttemptStarted), nameof(AttemptStarted))]
[JsonDerivedType(typeof(ConnectionClosed), nameof(ConnectionClosed))]
[JsonDerivedType(typeof(ConnectionEstablished), nameof(ConnectionEstablished))]
[JsonDerivedType(typeof(ConnectionMoved), nameof(ConnectionMoved))]
[JsonDerivedType(typeof(FileDescriptorLimitTooLow), nameof(FileDescriptorLimitTooLow))]
[JsonDerivedType(typeof(EventsDropped), nameof(EventsDropped))]
[JsonDerivedType(typeof(InboundRefused), nameof(InboundRefused))]
[JsonDerivedType(typeof(LimitsChanged), nameof(LimitsChanged))]
[JsonDerivedType(typeof(ListenerFailed), nameof(ListenerFailed))]
[JsonDerivedType(typeof(NetworkResumed), nameof(NetworkResumed))]
[JsonDerivedType(typeof(NetworkSuspended), nameof(NetworkSuspended))]
[JsonDerivedType(typeof(OutageStarted), nameof(OutageStarted))]
[JsonDerivedType(typeof(OutageEnded), nameof(OutageEnded))]
[JsonDerivedType(typeof(RequestEnded), nameof(RequestEnded))]
public abstract class ConnectionEvent
{
    private protected ConnectionEvent(DateTimeOffset time) => Time = time;

    /// <summary>The time of the event.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The other members, for the text.</summary>
    private protected virtual IEnumerable<(string Name, object? Value)> Details => [];

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => RecordText.Format(GetType().Name, [(nameof(Time), Time), .. Details]);
}

/// <summary>The address source provided nothing that may be dialled. It is paused for <see cref="ConnectionManagerOptions.RetryDuration"/>.</summary>
public sealed class AddressSourcePaused : ConnectionEvent
{
    internal AddressSourcePaused(DateTimeOffset time, string reason)
        : base(time) =>
        Reason = reason;

    /// <summary>The reason, in words.</summary>
    public string Reason { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Reason), Reason)];
}

/// <summary>An attempt ended without a connection, or was not made. Includes inbound handshakes.</summary>
public sealed class AttemptFailed : ConnectionEvent
{
    internal AttemptFailed(DateTimeOffset time, ConnectionKind kind, AttemptOutcome outcome)
        : base(time) =>
        (Kind, Outcome) = (kind, outcome);

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>The outcome.</summary>
    public AttemptOutcome Outcome { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Kind), Kind), (nameof(Outcome), Outcome)];
}

/// <summary>The dial of an address has started.</summary>
public sealed class AttemptStarted : ConnectionEvent
{
    internal AttemptStarted(DateTimeOffset time, long requestId, ConnectionKind kind, EndPoint endPoint)
        : base(time) =>
        (RequestId, Kind, EndPoint) = (requestId, kind, endPoint);

    /// <summary>The id of the request.</summary>
    public long RequestId { get; }

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>The address.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint EndPoint { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RequestId), RequestId), (nameof(Kind), Kind), (nameof(EndPoint), EndPoint)];
}

/// <summary>An established connection has ended.</summary>
public sealed class ConnectionClosed : ConnectionEvent
{
    internal ConnectionClosed(DateTimeOffset time, Connection connection, DisconnectReason reason)
        : base(time) =>
        (Connection, Reason) = (connection, reason);

    /// <summary>The connection.</summary>
    public Connection Connection { get; }

    /// <summary>The reason.</summary>
    public DisconnectReason Reason { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Connection), Connection), (nameof(Reason), Reason)];
}

/// <summary>A connection is established, including its handshake, and is passed to its handler.</summary>
public sealed class ConnectionEstablished : ConnectionEvent
{
    internal ConnectionEstablished(DateTimeOffset time, Connection connection)
        : base(time) =>
        (Connection, Group) = (connection, connection.Group);

    /// <summary>The connection.</summary>
    public Connection Connection { get; }

    /// <summary>The group that an automatic connection has joined; null for any other.</summary>
    public string? Group { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Connection), Connection), (nameof(Group), Group)];
}

/// <summary>A connection is in another group than before (<see cref="ConnectionManagerOptions.OutboundGroups"/>). It was not interrupted.</summary>
public sealed class ConnectionMoved : ConnectionEvent
{
    internal ConnectionMoved(DateTimeOffset time, Connection connection, string? from, string to)
        : base(time) =>
        (Connection, From, To) = (connection, from, to);

    /// <summary>The connection.</summary>
    public Connection Connection { get; }

    /// <summary>The name of the group before; null if it was a trial, which is automatic now, or the group is gone.</summary>
    public string? From { get; }

    /// <summary>The name of the group from now on.</summary>
    public string To { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Connection), Connection), (nameof(From), From), (nameof(To), To)];
}

/// <summary>
/// At the start, the process may not open as many files as the limits of connections need, so the limits of inbound connections and of
/// hedged dials were lowered. Raise the limit of open files (ulimit -n, LimitNOFILE=), or lower
/// <see cref="ConnectionManagerOptions.MaxInbound"/> or <see cref="ConnectionManagerOptions.TargetOutbound"/>.
/// </summary>
public sealed class FileDescriptorLimitTooLow : ConnectionEvent
{
    internal FileDescriptorLimitTooLow(DateTimeOffset time, long limit, long needed, int? maxInbound)
        : base(time) =>
        (Limit, Needed, MaxInbound) = (limit, needed, maxInbound);

    /// <summary>The number of files that the process may open.</summary>
    public long Limit { get; }

    /// <summary>The number of files that the limits need.</summary>
    public long Needed { get; }

    /// <summary>The inbound limit from now on; null for none.</summary>
    public int? MaxInbound { get; }

    /// <summary>The limit, from now on, of dials beyond one per slot.</summary>
    public int MaxHedgedDials { get; internal init; }

    private protected override IEnumerable<(string Name, object? Value)> Details =>
        [(nameof(Limit), Limit), (nameof(Needed), Needed), (nameof(MaxInbound), MaxInbound), (nameof(MaxHedgedDials), MaxHedgedDials)];
}

/// <summary>The watcher fell behind and has lost events. <see cref="ConnectionManager.GetSnapshotAsync"/> returns the current state.</summary>
public sealed class EventsDropped : ConnectionEvent
{
    internal EventsDropped(DateTimeOffset time, int count)
        : base(time) =>
        Count = count;

    /// <summary>The number of lost events.</summary>
    public int Count { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Count), Count)];
}

/// <summary>An inbound connection was refused when it was accepted.</summary>
public sealed class InboundRefused : ConnectionEvent
{
    internal InboundRefused(DateTimeOffset time, EndPoint? remoteEndPoint, ConnectFailureCause cause)
        : base(time) =>
        (RemoteEndPoint, Cause) = (remoteEndPoint, cause);

    /// <summary>The peer; null when it is not known.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>The cause.</summary>
    public ConnectFailureCause Cause { get; }

    /// <summary>
    /// The number of refusals since the event before this one that got no event: in a flood there are at most 10 events a second, after a
    /// burst of 100. All refusals are counted in <see cref="InboundSnapshot.Refusals"/>.
    /// </summary>
    public long Suppressed { get; internal init; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RemoteEndPoint), RemoteEndPoint), (nameof(Cause), Cause), (nameof(Suppressed), Suppressed)];
}

/// <summary>The target, the groups or the inbound limit were changed.</summary>
public sealed class LimitsChanged : ConnectionEvent
{
    internal LimitsChanged(DateTimeOffset time, GroupSet groups, int? maxInbound)
        : base(time) =>
        (TargetOutbound, Groups, MaxInbound) = (groups.Target, groups.All, maxInbound);

    /// <summary>The target from now on, of all groups together.</summary>
    public int TargetOutbound { get; }

    /// <summary>The groups from now on.</summary>
    public ImmutableArray<OutboundGroup> Groups { get; }

    /// <summary>The inbound limit from now on; null for none.</summary>
    public int? MaxInbound { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(TargetOutbound), TargetOutbound), (nameof(Groups), string.Join(", ", Groups)), (nameof(MaxInbound), MaxInbound)];
}

/// <summary>Accepting failed; the manager tries again after a pause. At most one event in 30 s for each listener.</summary>
public sealed class ListenerFailed : ConnectionEvent
{
    internal ListenerFailed(DateTimeOffset time, EndPoint localEndPoint, Exception exception)
        : base(time) =>
        (LocalEndPoint, Exception) = (localEndPoint, exception);

    /// <summary>The address that is listened on.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint LocalEndPoint { get; }

    /// <summary>The exception of the listener.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public Exception Exception { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(LocalEndPoint), LocalEndPoint), (nameof(Exception), Exception)];
}

/// <summary>The network was switched on again.</summary>
public sealed class NetworkResumed : ConnectionEvent
{
    internal NetworkResumed(DateTimeOffset time)
        : base(time)
    {
    }
}


/// <summary>The network was switched off.</summary>
public sealed class NetworkSuspended : ConnectionEvent
{
    internal NetworkSuspended(DateTimeOffset time)
        : base(time)
    {
    }
}


/// <summary>25 attempts in a row got no answer on a route, which is only probed from now on.</summary>
public sealed class OutageStarted : ConnectionEvent
{
    internal OutageStarted(DateTimeOffset time, string route)
        : base(time) =>
        Route = route;

    /// <summary>"ipv4", "ipv6", "name", "other", or the name of a proxy.</summary>
    public string Route { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Route), Route)];
}

/// <summary>A route answers again, or the system's network changed.</summary>
public sealed class OutageEnded : ConnectionEvent
{
    internal OutageEnded(DateTimeOffset time, string route)
        : base(time) =>
        Route = route;

    /// <summary>The route, as in <see cref="OutageStarted"/>.</summary>
    public string Route { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(Route), Route)];
}

/// <summary>A one-off or permanent request or a trial has ended for good: its id is no longer known.</summary>
public sealed class RequestEnded : ConnectionEvent
{
    internal RequestEnded(DateTimeOffset time, long requestId, ConnectionKind kind, ConnectionState state)
        : base(time) =>
        (RequestId, Kind, State) = (requestId, kind, state);

    /// <summary>The id of the request.</summary>
    public long RequestId { get; }

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; }

    /// <summary><see cref="ConnectionState.Canceled"/>, or <see cref="ConnectionState.Disconnected"/> when it had a connection.</summary>
    public ConnectionState State { get; }

    private protected override IEnumerable<(string Name, object? Value)> Details => [(nameof(RequestId), RequestId), (nameof(Kind), Kind), (nameof(State), State)];
}
