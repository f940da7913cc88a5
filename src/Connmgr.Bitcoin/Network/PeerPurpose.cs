using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>What a connection of a <see cref="PeerNetwork"/> is for: see <see cref="PeerNetwork.PurposeOf(Connection)"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PeerPurpose>))]
public enum PeerPurpose
{
    /// <summary>One of the wanted number of outbound peers.</summary>
    Automatic,

    /// <summary>The same, at an address kept from the last run so that a restart does not change all peers.</summary>
    Anchor,

    /// <summary>Asked for by <see cref="ConnectionManager.Connect"/>, once.</summary>
    OneOff,

    /// <summary>Asked for by <see cref="ConnectionManager.Connect"/>, for good.</summary>
    Permanent,

    /// <summary>Opened by the peer.</summary>
    Inbound,

    /// <summary>A short one that finds out whether a peer is there, so that the book's addresses do not grow stale.</summary>
    Feeler,

    /// <summary>One beside the wanted number, to a network that has none.</summary>
    ExtraNetwork,

    /// <summary>One that gets addresses and ends, to a seed.</summary>
    AddressFetch,
}
