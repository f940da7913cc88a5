using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The state of a manager at one moment. Immutable.</summary>
public sealed class ConnectionManagerSnapshot
{
    /// <summary>The time at which it was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The number of automatic connections wanted.</summary>
    public required int TargetOutbound { get; init; }

    /// <summary>True when there is an address source. Without one there are no automatic connections, whatever the target.</summary>
    public required bool HasAddressSource { get; init; }

    /// <summary>
    /// The refusals of the source's last addresses, up to 128, since one was dialled: of those that it asked about (<see cref="CandidateRequest.RefusalOf"/>) and of those
    /// that it gave. The most frequent cause first; empty while the addresses that it gives are dialled.
    /// </summary>
    public ImmutableArray<AddressRefusals> AddressRefusals { get; init; } = [];

    /// <summary>True when the source's last answer was that it has no address.</summary>
    public bool IsSourceEmpty { get; init; }

    /// <summary>The networks that addresses for automatic connections may be of: all but those that give no answer (<see cref="CandidateRequest.Networks"/>).</summary>
    public AddressNetworks OpenNetworks { get; init; } = AddressNetworks.All;

    /// <summary>True when there are listeners.</summary>
    public bool HasListeners { get; init; }

    /// <summary><see cref="InboundLimits.MaxConnections"/>; null for no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>
    /// The number of automatic connections below which some are missing: <see cref="TargetOutbound"/>. Without an address source there can be
    /// none, so it is 0 where permanent requests or listeners are what the manager is for.
    /// </summary>
    public int WantedAutomatic =>
        HasAddressSource || !(HasListeners || Requests.Any(static request => request.Kind == ConnectionKind.Permanent)) ? TargetOutbound : 0;

    /// <summary>The limit of inbound connections; null for none.</summary>
    public required int? MaxInbound { get; init; }

    /// <summary>The inbound connections, and the outcome of those since the start.</summary>
    public required InboundSnapshot Inbound { get; init; }

    /// <summary>True when the manager is stopping or has stopped.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>True when the network is switched off.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>True when no route that was used gives an answer.</summary>
    public required bool IsOutage { get; init; }

    /// <summary>The requests that have not ended, in the order of their ids. Inbound connections have none.</summary>
    public required ImmutableArray<RequestSnapshot> Requests { get; init; }

    /// <summary>The attempts under way, inbound handshakes included, in the order of their ids.</summary>
    public required ImmutableArray<AttemptSnapshot> Attempts { get; init; }

    /// <summary>The established connections, in the order of their ids.</summary>
    public required ImmutableArray<ConnectionSnapshot> Connections { get; init; }

    /// <summary>The connections that have ended, but whose handler has not returned.</summary>
    public required ImmutableArray<Connection> Lingering { get; init; }

    /// <summary>
    /// True when nothing is missing: there are as many automatic connections as wanted (<see cref="WantedAutomatic"/>), and every permanent request is connected. Always
    /// false once the manager stops. <see cref="ConnectionShortage"/> gives the reasons why something is missing.
    /// </summary>
    public bool IsFull => !IsStopped
        && Count(ConnectionKind.Automatic) >= WantedAutomatic
        && Requests.All(request => request is not { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established });

    /// <summary>Counts the established connections of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The number of connections.</returns>
    public int Count(ConnectionKind kind) => Connections.Count(connection => connection.Connection.Kind == kind);

    /// <summary>Returns the state in one line, lists by their lengths, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(
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
        (nameof(Lingering), Lingering.Length));
}

/// <summary>A request at one moment. Immutable.</summary>
/// <param name="id">The id.</param>
/// <param name="kind">The kind of its connections.</param>
/// <param name="state">The state.</param>
/// <param name="endPoint">The address; null while the source has not given one.</param>
/// <param name="attempts">The number of attempts that were started.</param>
/// <param name="retryIn">The time until the next dial, for a permanent request that waits for it; null otherwise.</param>
public sealed class RequestSnapshot(long id, ConnectionKind kind, ConnectionState state, EndPoint? endPoint, int attempts, TimeSpan? retryIn)
{
    /// <summary>The id.</summary>
    public long Id { get; } = id;

    /// <summary>The kind of its connections.</summary>
    public ConnectionKind Kind { get; } = kind;

    /// <summary>The state.</summary>
    public ConnectionState State { get; } = state;

    /// <summary>The address; null while the source has not given one.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint? EndPoint { get; } = endPoint;

    /// <summary>The number of attempts that were started.</summary>
    public int Attempts { get; } = attempts;

    /// <summary>The time until the next dial, for a permanent request that waits for it; null otherwise.</summary>
    public TimeSpan? RetryIn { get; } = retryIn;
}

/// <summary>An attempt at one moment. Immutable.</summary>
/// <param name="requestId">The id of its request, or of the inbound connection.</param>
/// <param name="kind">The kind of the connection.</param>
/// <param name="endPoint">The address; null when it is not known.</param>
/// <param name="phase">The phase.</param>
/// <param name="age">The time since the attempt started.</param>
public sealed class AttemptSnapshot(long requestId, ConnectionKind kind, EndPoint? endPoint, ConnectPhase phase, TimeSpan age)
{
    /// <summary>The id of its request, or of the inbound connection.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>The kind of the connection.</summary>
    public ConnectionKind Kind { get; } = kind;

    /// <summary>The address; null when it is not known.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public EndPoint? EndPoint { get; } = endPoint;

    /// <summary>The phase: <see cref="ConnectPhase.Tcp"/> during the dial (<see cref="ConnectPhase.Proxy"/> through a proxy), then <see cref="ConnectPhase.Handshake"/>.</summary>
    public ConnectPhase Phase { get; } = phase;

    /// <summary>The time since the attempt started.</summary>
    public TimeSpan Age { get; } = age;
}

/// <summary>An established connection at one moment. Immutable.</summary>
/// <param name="connection">The connection, which may have ended since.</param>
/// <param name="age">The time since it was established.</param>
public sealed class ConnectionSnapshot(Connection connection, TimeSpan age)
{
    /// <summary>The connection, which may have ended since.</summary>
    public Connection Connection { get; } = connection;

    /// <summary>The time since the connection was established.</summary>
    public TimeSpan Age { get; } = age;
}

/// <summary>The inbound connections at one moment, and the outcome of all connections that came since the start. Immutable.</summary>
public sealed class InboundSnapshot
{
    /// <summary>The number of connections, those in their handshake included, that take a place under <see cref="ConnectionManagerOptions.MaxInbound"/>.</summary>
    public required int Ordinary { get; init; }

    /// <summary>The number of connections, those in their handshake included, that take one of the places of <see cref="InboundLimits.AllowedBudget"/>.</summary>
    public required int Allowed { get; init; }

    /// <summary>The number of <see cref="Ordinary"/> connections that are in their handshake.</summary>
    public required int Handshakes { get; init; }

    /// <summary>True during a flood (<see cref="InboundLimits.FloodThreshold"/>).</summary>
    public required bool IsFlooded { get; init; }

    /// <summary>The number of connections accepted since the start.</summary>
    public required long Accepted { get; init; }

    /// <summary>The number of accepted connections that were evicted for others.</summary>
    public required long Evicted { get; init; }

    /// <summary>The connections refused since the start, by cause; the most frequent cause first.</summary>
    public required ImmutableArray<InboundRefusals> Refused { get; init; }
}

/// <summary>The number of inbound connections that were refused for one cause. Immutable.</summary>
/// <param name="cause">The cause.</param>
/// <param name="count">The number of connections.</param>
public sealed class InboundRefusals(ConnectFailureCause cause, long count)
{
    /// <summary>The cause.</summary>
    public ConnectFailureCause Cause { get; } = cause;

    /// <summary>The number of connections.</summary>
    public long Count { get; } = count;
}

/// <summary>The number of addresses of the source that were refused for one cause. Immutable.</summary>
/// <param name="cause">The cause, as <see cref="CandidateRequest.RefusalOf"/> gives it.</param>
/// <param name="count">The number of addresses; an address counts each time that it was refused.</param>
public sealed class AddressRefusals(ConnectFailureCause cause, int count)
{
    /// <summary>The cause, as <see cref="CandidateRequest.RefusalOf"/> gives it.</summary>
    public ConnectFailureCause Cause { get; } = cause;

    /// <summary>The number of addresses; an address counts each time that it was refused.</summary>
    public int Count { get; } = count;
}
