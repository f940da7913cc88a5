using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The choice among several peers that match: see <see cref="PeerNetwork.GetPeerAsync"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PeerPick>))]
public enum PeerPick
{
    /// <summary>By chance, each with the same probability.</summary>
    Random,

    /// <summary>The peer with the best rating (<see cref="PeerNetworkOptions.GetRating"/>); among equal ones by chance.</summary>
    Rating,

    /// <summary>The peer with the least to do: the fewest requests under way and leases; among equal ones by chance.</summary>
    Load,
}
