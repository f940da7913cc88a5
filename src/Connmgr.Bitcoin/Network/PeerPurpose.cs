using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The purpose of a connection of a <see cref="PeerNetwork"/>: see <see cref="PeerNetwork.GetPurpose(Connection)"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PeerPurpose>))]
public enum PeerPurpose
{
    /// <summary>One of the wanted number of outbound peers.</summary>
    Automatic,

    /// <summary>The same, to an address kept from the last run, so that a restart does not change all peers.</summary>
    Anchor,

    /// <summary>Requested by <see cref="ConnectionManager.Connect"/>, once.</summary>
    OneOff,

    /// <summary>Requested by <see cref="ConnectionManager.Connect"/>, permanently.</summary>
    Permanent,

    /// <summary>Opened by the peer.</summary>
    Inbound,

    /// <summary>A short connection that checks whether a peer is there, so that the addresses of the book do not grow stale.</summary>
    Feeler,

    /// <summary>
    /// A connection in addition to the wanted number, to a network that has no peer: <see cref="PeerPolicies.ExtraNetworkInterval"/>.
    /// </summary>
    ExtraNetwork,

    /// <summary>A short connection that fetches addresses.</summary>
    AddressFetch,

    /// <summary>A connection in addition to the wanted number that may take the place of another peer.</summary>
    Trial,

    /// <summary>
    /// A block-relay-only connection in addition to the wanted number: <see cref="PeerPolicies.ExtraBlockRelayInterval"/>.
    /// </summary>
    ExtraBlockRelay,

    /// <summary>A connection in addition to the wanted number, because of a stale tip: <see cref="PeerNetwork.ReportStaleTip"/>.</summary>
    ExtraFull,

    /// <summary>
    /// A short connection that sends one transaction: <see cref="PeerNetworkBroadcastExtensions.BroadcastPrivatelyAsync"/>.
    /// </summary>
    PrivateBroadcast,
}
