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

    /// <summary>
    /// Why the source's last addresses, up to 128, were refused since one was dialled: those that it asked about
    /// (<see cref="CandidateRequest.RefusalOf"/>) and those that it gave. The most frequent cause first; empty while what it gives is dialled.
    /// </summary>
    public ImmutableArray<AddressRefusals> AddressRefusals { get; init; } = [];

    /// <summary>Whether the source's last answer was that it has no address.</summary>
    public bool IsSourceEmpty { get; init; }

    /// <summary>The networks that addresses for automatic connections may be of: all but those that give no answer (<see cref="CandidateRequest.Networks"/>).</summary>
    public AddressNetworks OpenNetworks { get; init; } = AddressNetworks.All;

    /// <summary>Whether there are listeners.</summary>
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
    /// Whether nothing is missing: as many automatic connections as wanted (<see cref="WantedAutomatic"/>), and every permanent request
    /// connected. Never when it is stopped. <see cref="ConnectionShortage"/> tells why something is missing.
    /// </summary>
    public bool IsFull => !IsStopped
        && Count(ConnectionKind.Automatic) >= WantedAutomatic
        && Requests.All(request => request is not { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established });

    /// <summary>Established connections of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>How many.</returns>
    public int Count(ConnectionKind kind) => Connections.Count(connection => connection.Connection.Kind == kind);

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(ConnectionManagerSnapshot), PrintMembers);
}
