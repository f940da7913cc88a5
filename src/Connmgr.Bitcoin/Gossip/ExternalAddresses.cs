namespace Connmgr.Bitcoin;

/// <summary>
/// Chooses the external address that a peer may learn. Pure. A peer on a privacy network learns only an address on the same network, and
/// other peers do not learn that address; otherwise it would be known that the two belong to one node.
/// </summary>
internal sealed class ExternalAddresses(IEnumerable<NetworkEndPoint> endPoints)
{
    private readonly NetworkEndPoint[] _endPoints = [.. endPoints];

    public bool Contains(in NetworkEndPoint endPoint) => Array.IndexOf(_endPoints, endPoint) >= 0;

    /// <summary>Gets the address to send to a peer: on the peer's network or, between IPv4 and IPv6, on the other.</summary>
    /// <param name="peer">The peer's address.</param>
    /// <returns>
    /// Null if there is none that the peer may learn, and for private and local addresses, such as those of Tor's inbound peers.
    /// </returns>
    public NetworkEndPoint? For(in NetworkAddress peer)
    {
        if (!peer.IsRoutable)
            return null;

        NetworkEndPoint? other = null;
        foreach (var endPoint in _endPoints)
        {
            if (endPoint.Address.Network == peer.Network)
                return endPoint;
            if (IsClear(endPoint.Address) && IsClear(peer))
                other ??= endPoint;
        }

        return other;
    }

    private static bool IsClear(in NetworkAddress address) => address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6;
}
