using System.Collections.Immutable;

namespace Connmgr;

/// <summary>What a manager knew at one moment. Immutable.</summary>
public sealed record ConnectionManagerSnapshot
{
    /// <summary>When it was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The number of automatic connections wanted.</summary>
    public required int TargetOutbound { get; init; }

    /// <summary>Whether there is an address source: without one there are no automatic connections, whatever the target.</summary>
    public required bool HasAddressSource { get; init; }

    /// <summary>The limit of inbound connections; null for none.</summary>
    public required int? MaxInbound { get; init; }

    /// <summary>Inbound connections, and what became of those that came.</summary>
    public required InboundSnapshot Inbound { get; init; }

    /// <summary>Whether the manager is stopping or has stopped.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>Whether the network is switched off.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>Whether every route that was used gives no answer.</summary>
    public required bool IsOutage { get; init; }

    /// <summary>Every request that has not ended, in the order of their ids; inbound connections are none.</summary>
    public required ImmutableArray<RequestSnapshot> Requests { get; init; }

    /// <summary>Every attempt under way, inbound handshakes included, in the order of their ids.</summary>
    public required ImmutableArray<AttemptSnapshot> Attempts { get; init; }

    /// <summary>Every established connection, in the order of their ids.</summary>
    public required ImmutableArray<ConnectionSnapshot> Connections { get; init; }

    /// <summary>Connections that have ended, but whose handler has not returned.</summary>
    public required ImmutableArray<Connection> Lingering { get; init; }

    /// <summary>
    /// Whether nothing is missing: as many automatic connections as wanted (none without an address source), and every permanent request
    /// connected. Never when it is stopped.
    /// </summary>
    public bool IsFull => !IsStopped
        && Count(ConnectionKind.Automatic) >= (HasAddressSource ? TargetOutbound : 0)
        && Requests.All(request => request is not { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established });

    /// <summary>Established connections of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>How many.</returns>
    public int Count(ConnectionKind kind) => Connections.Count(connection => connection.Connection.Kind == kind);

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(ConnectionManagerSnapshot), PrintMembers);
}
