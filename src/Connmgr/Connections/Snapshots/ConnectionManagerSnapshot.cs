using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The state of a manager at one moment. Immutable.</summary>
public sealed class ConnectionManagerSnapshot
{
    internal ConnectionManagerSnapshot()
    {
    }

    /// <summary>The time at which it was taken.</summary>
    public DateTimeOffset Time { get; internal init; }

    /// <summary>The number of automatic connections wanted, in all groups.</summary>
    public int TargetOutbound { get; internal init; }

    /// <summary>The groups of automatic connections, in their order; one for a manager without named groups.</summary>
    public ImmutableArray<GroupSnapshot> Groups { get; internal init; } = [];

    /// <summary>True when there is an address source. Without one there are no automatic connections, whatever the target.</summary>
    public bool HasAddressSource { get; internal init; }

    /// <summary>
    /// The refusals of addresses of the source since the last dial, at most the last 128: both of those that it asked about
    /// (<see cref="CandidateRequest.GetRefusal"/>) and of those that it supplied. The most frequent cause first; empty while its addresses
    /// are dialled.
    /// </summary>
    public ImmutableArray<AddressRefusalCount> AddressRefusals { get; internal init; } = [];

    /// <summary>True when the source's last answer was that it has no address.</summary>
    public bool IsSourceEmpty { get; internal init; }

    /// <summary>
    /// The networks that addresses for automatic connections may belong to: all except those in an outage
    /// (<see cref="CandidateRequest.Networks"/>).
    /// </summary>
    public AddressNetworks OpenNetworks { get; internal init; } = AddressNetworks.All;

    /// <summary>True when there are listeners.</summary>
    public bool HasListeners { get; internal init; }

    /// <summary><see cref="InboundLimits.MaxConnections"/>; null for no limit.</summary>
    public int? MaxConnections { get; internal init; }

    /// <summary>
    /// The number of automatic connections below which some are missing: <see cref="TargetOutbound"/>. Without an address source there can
    /// be none, so it is 0 if the manager has permanent requests or listeners instead.
    /// </summary>
    public int WantedAutomatic =>
        HasAddressSource || !(HasListeners || Requests.Any(static request => request.Kind == ConnectionKind.Permanent)) ? TargetOutbound : 0;

    /// <summary>The limit of inbound connections; null for none.</summary>
    public int? MaxInbound { get; internal init; }

    /// <summary>The inbound connections, and the outcomes since the start.</summary>
    public InboundSnapshot Inbound { get; internal init; } = new();

    /// <summary>True when the manager is stopping or has stopped.</summary>
    public bool IsStopped { get; internal init; }

    /// <summary>True when the network is switched off.</summary>
    public bool IsSuspended { get; internal init; }

    /// <summary>True when no used route answers.</summary>
    public bool IsOutage { get; internal init; }

    /// <summary>The requests that have not ended, in the order of their ids. Inbound connections have none.</summary>
    public ImmutableArray<RequestSnapshot> Requests { get; internal init; }

    /// <summary>The attempts in progress, including inbound handshakes, in the order of their ids.</summary>
    public ImmutableArray<AttemptSnapshot> Attempts { get; internal init; }

    /// <summary>The established connections, in the order of their ids.</summary>
    public ImmutableArray<ConnectionSnapshot> Connections { get; internal init; }

    /// <summary>The connections that have ended, but whose handler has not returned.</summary>
    public ImmutableArray<Connection> Draining { get; internal init; }

    /// <summary>
    /// True when nothing is missing: there are as many automatic connections as wanted (<see cref="WantedAutomatic"/>), and every permanent
    /// request is connected. Always false once the manager stops. <see cref="ConnectionShortage"/> explains why something is missing.
    /// </summary>
    public bool IsFull => !IsStopped
        && Count(ConnectionKind.Automatic) >= WantedAutomatic
        && Requests.All(request => request is not { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established });

    /// <summary>Counts the established connections of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The number of connections.</returns>
    public int Count(ConnectionKind kind) => Connections.Count(connection => connection.Connection.Kind == kind);

    /// <summary>Formats the state in one line, with the lengths of lists, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(ConnectionManagerSnapshot),
        (nameof(Time), Time),
        (nameof(TargetOutbound), TargetOutbound),
        (nameof(MaxInbound), MaxInbound),
        (nameof(IsStopped), IsStopped),
        (nameof(IsSuspended), IsSuspended),
        (nameof(IsOutage), IsOutage),
        (nameof(IsFull), IsFull),
        (nameof(Requests), Requests.Length),
        (nameof(Attempts), Attempts.Length),
        (nameof(Connections), Connections.Length),
        (nameof(Draining), Draining.Length));
}

/// <summary>A group of automatic connections at one moment. Immutable.</summary>
public sealed class GroupSnapshot
{
    internal GroupSnapshot(OutboundGroup group, int connected, int attempts) => (Group, Connected, Attempts) = (group, connected, attempts);

    /// <summary>The name.</summary>
    public string Name => Group.Name;

    /// <summary>The number of connections wanted.</summary>
    public int Target => Group.Target;

    /// <summary>The number of established connections.</summary>
    public int Connected { get; }

    /// <summary>The number of attempts that are meant for the group.</summary>
    public int Attempts { get; }

    /// <summary>The group.</summary>
    [JsonIgnore]
    public OutboundGroup Group { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(GroupSnapshot), (nameof(Name), Name), (nameof(Target), Target), (nameof(Connected), Connected), (nameof(Attempts), Attempts));
}

/// <summary>A request at one moment. Immutable.</summary>
public sealed class RequestSnapshot
{
    /// <summary>Creates a snapshot of a request.</summary>
    /// <param name="id">The id.</param>
    /// <param name="kind">The kind of the connections.</param>
    /// <param name="state">The state.</param>
    /// <param name="endPoint">The address; null until the source has supplied one.</param>
    /// <param name="attempts">The number of attempts that were started.</param>
    /// <param name="retryIn">The time until the next dial, for a permanent request that waits for it; null otherwise.</param>
    public RequestSnapshot(long id, ConnectionKind kind, ConnectionState state, EndPoint? endPoint, int attempts, TimeSpan? retryIn) =>
        (Id, Kind, State, EndPoint, Attempts, RetryIn) = (id, kind, state, endPoint, attempts, retryIn);

    /// <summary>The id.</summary>
    public long Id { get; }

    /// <summary>The kind of the connections.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>The state.</summary>
    public ConnectionState State { get; }

    /// <summary>The address; null until the source has supplied one.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? EndPoint { get; }

    /// <summary>The number of attempts that were started.</summary>
    public int Attempts { get; }

    /// <summary>The time until the next dial, for a permanent request that waits for it; null otherwise.</summary>
    public TimeSpan? RetryIn { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(RequestSnapshot),
        (nameof(Id), Id),
        (nameof(Kind), Kind),
        (nameof(State), State),
        (nameof(EndPoint), EndPointText.Format(EndPoint)),
        (nameof(Attempts), Attempts),
        (nameof(RetryIn), RetryIn));
}

/// <summary>An attempt at one moment. Immutable.</summary>
public sealed class AttemptSnapshot
{
    internal AttemptSnapshot(long requestId, ConnectionKind kind, EndPoint? endPoint, ConnectPhase phase, TimeSpan age) =>
        (RequestId, Kind, EndPoint, Phase, Age) = (requestId, kind, endPoint, phase, age);

    /// <summary>The id of its request, or of the inbound connection.</summary>
    public long RequestId { get; }

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; }

    /// <summary>The address; null when it is not known.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? EndPoint { get; }

    /// <summary>
    /// The phase: <see cref="ConnectPhase.Tcp"/> during the dial (<see cref="ConnectPhase.Proxy"/> through a proxy), then
    /// <see cref="ConnectPhase.Handshake"/>.
    /// </summary>
    public ConnectPhase Phase { get; }

    /// <summary>The time since the attempt started.</summary>
    public TimeSpan Age { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(AttemptSnapshot),
        (nameof(RequestId), RequestId),
        (nameof(Kind), Kind),
        (nameof(EndPoint), EndPointText.Format(EndPoint)),
        (nameof(Phase), Phase),
        (nameof(Age), Age));
}

/// <summary>An established connection at one moment. Immutable.</summary>
public sealed class ConnectionSnapshot
{
    internal ConnectionSnapshot(Connection connection, TimeSpan age) => (Connection, Age) = (connection, age);

    /// <summary>The connection, which may have ended since.</summary>
    public Connection Connection { get; }

    /// <summary>The time since the connection was established.</summary>
    public TimeSpan Age { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(ConnectionSnapshot), (nameof(Connection), Connection), (nameof(Age), Age));
}

/// <summary>The inbound connections at one moment, and the outcomes of all that were accepted since the start. Immutable.</summary>
public sealed class InboundSnapshot
{
    internal InboundSnapshot()
    {
    }

    /// <summary>
    /// The number of connections, including those in their handshake, that take a place under
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>.
    /// </summary>
    public int Regular { get; internal init; }

    /// <summary>
    /// The number of connections, including those in their handshake, that take one of the places of
    /// <see cref="InboundLimits.MaxAllowListed"/>.
    /// </summary>
    public int AllowListed { get; internal init; }

    /// <summary>The number of <see cref="Regular"/> connections that are in their handshake.</summary>
    public int Handshakes { get; internal init; }

    /// <summary>True during a flood (<see cref="InboundLimits.FloodThreshold"/>).</summary>
    public bool IsFlooded { get; internal init; }

    /// <summary>The number of connections accepted since the start.</summary>
    public long Accepted { get; internal init; }

    /// <summary>The number of accepted connections that were evicted for others.</summary>
    public long Evicted { get; internal init; }

    /// <summary>The connections refused since the start, by cause; the most frequent cause first.</summary>
    public ImmutableArray<InboundRefusalCount> Refusals { get; internal init; } = [];

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(InboundSnapshot),
        (nameof(Regular), Regular),
        (nameof(AllowListed), AllowListed),
        (nameof(Handshakes), Handshakes),
        (nameof(IsFlooded), IsFlooded),
        (nameof(Accepted), Accepted),
        (nameof(Evicted), Evicted),
        (nameof(Refusals), Refusals.Sum(static refusals => refusals.Count)));
}

/// <summary>The number of inbound connections that were refused for one cause. Immutable.</summary>
public sealed class InboundRefusalCount
{
    internal InboundRefusalCount(ConnectFailureCause cause, long count) => (Cause, Count) = (cause, count);

    /// <summary>The cause.</summary>
    public ConnectFailureCause Cause { get; }

    /// <summary>The number of connections.</summary>
    public long Count { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(InboundRefusalCount), (nameof(Cause), Cause), (nameof(Count), Count));
}

/// <summary>The number of addresses of the source that were refused for one cause. Immutable.</summary>
public sealed class AddressRefusalCount
{
    internal AddressRefusalCount(ConnectFailureCause cause, int count) => (Cause, Count) = (cause, count);

    /// <summary>The cause, as <see cref="CandidateRequest.GetRefusal"/> gives it.</summary>
    public ConnectFailureCause Cause { get; }

    /// <summary>The number of addresses; an address counts each time that it was refused.</summary>
    public int Count { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(AddressRefusalCount), (nameof(Cause), Cause), (nameof(Count), Count));
}
