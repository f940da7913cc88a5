namespace Connmgr.Bitcoin;

/// <summary>
/// The rules for the external address that a peer may learn, as in Bitcoin Core, but stricter for CJDNS: a peer on Tor, I2P or CJDNS learns
/// only an address on the same network, and other peers do not learn that address. Otherwise it would be known that the two belong to one
/// node. Pure.
/// </summary>
internal static class ReachabilityRules
{
    /// <summary>Gets the base score of an origin.</summary>
    public static int GetScore(ExternalAddressOrigin origin) => origin switch
    {
        ExternalAddressOrigin.Interface => 1,
        ExternalAddressOrigin.Listener => 2,
        ExternalAddressOrigin.PortMapping => 3,
        _ => ManualScore,
    };

    /// <summary>The base score of addresses that the user, Tor or I2P name.</summary>
    public const int ManualScore = 4;

    /// <summary>Determines how well a peer can reach an address.</summary>
    /// <param name="own">An external address of this node.</param>
    /// <param name="peer">The peer's address.</param>
    /// <param name="isOnion">True for a peer of the onion service, which has Tor's address.</param>
    /// <returns><see cref="ReachabilityRank.None"/> if the peer must not learn it.</returns>
    public static ReachabilityRank Rank(in NetworkAddress own, in NetworkAddress peer, bool isOnion = false)
    {
        if (isOnion)
            return own.Network == AddressNetwork.TorV3 ? ReachabilityRank.SameNetwork : ReachabilityRank.None;
        if (!own.IsRoutable || !peer.IsRoutable)
            return ReachabilityRank.None;
        if (!IsClear(own) || !IsClear(peer))
            return own.Network == peer.Network ? ReachabilityRank.SameNetwork : ReachabilityRank.None;
        if (own.Network == AddressNetwork.IPv4)
            return ReachabilityRank.IPv4;
        if (peer.Network == AddressNetwork.IPv4)
            return ReachabilityRank.Other;
        if (own.IsTeredo)
            return ReachabilityRank.Teredo;
        return peer.IsTeredo || own.TryGetLinkedIPv4(out uint _) ? ReachabilityRank.IPv6Tunnel : ReachabilityRank.IPv6;
    }

    /// <summary>Determines whether one address is better for a peer than another.</summary>
    public static bool IsBetter(in (ReachabilityRank Rank, int Score) one, in (ReachabilityRank Rank, int Score) other) =>
        one.Rank > other.Rank || (one.Rank == other.Rank && one.Score > other.Score);

    /// <summary>
    /// Chooses between the best known address and the one at which the peer sees this node, as Bitcoin Core does: the second if there is no
    /// first, otherwise half of the times, or an eighth of the times if the first has proven itself. An inbound peer has used the port too;
    /// of an outbound peer only the IP address counts.
    /// </summary>
    /// <param name="best">The best known address; null for none.</param>
    /// <param name="seen">The address in the peer's version message; null if it is not to be used.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="isInbound">True for an inbound peer.</param>
    /// <param name="listenPort">The port of the listener.</param>
    /// <param name="draw">A random number from 0 to 1.</param>
    /// <returns>The address to send; null for none.</returns>
    public static NetworkEndPoint? Choose(
        ExternalAddress? best, NetworkEndPoint? seen, in NetworkAddress peer, bool isInbound, int listenPort, double draw)
    {
        if (seen is not { } view || !peer.IsRoutable || !view.Address.IsRoutable || view.Address.Network != peer.Network)
            return best?.EndPoint;
        if (best is not null && draw >= (best.Score > ManualScore ? 1.0 / 8 : 1.0 / 2))
            return best.EndPoint;
        return isInbound && view.Port > 0 ? view : view with { Port = best?.EndPoint.Port ?? (ushort)listenPort };
    }

    private static bool IsClear(in NetworkAddress address) => address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6;
}

/// <summary>The ways in which a peer reaches an address, the best last.</summary>
internal enum ReachabilityRank
{
    None,
    Other,
    Teredo,
    IPv6Tunnel,
    IPv4,
    IPv6,
    SameNetwork,
}
