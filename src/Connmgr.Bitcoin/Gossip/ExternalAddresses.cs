namespace Connmgr.Bitcoin;

/// <summary>
/// Our own addresses, and who may learn of which. Pure. A peer on a privacy network learns only of an address on the same network, and no
/// other peer learns of that: else the two would be known to be one node.
/// </summary>
internal sealed class ExternalAddresses(IEnumerable<NetworkEndPoint> endPoints)
{
    private readonly NetworkEndPoint[] _endPoints = [.. endPoints];

    public bool Contains(in NetworkEndPoint endPoint) => Array.IndexOf(_endPoints, endPoint) >= 0;

    /// <summary>The address to tell a peer of: on its own network, or else, among IPv4 and IPv6, on the other.</summary>
    /// <param name="peer">The peer's address.</param>
    /// <returns>Null when there is none that it may know, as for private and local addresses: Tor's inbound peers have such ones.</returns>
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
