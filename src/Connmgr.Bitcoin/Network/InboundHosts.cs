namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses of inbound peers. They are not dialled automatically, whatever the port, as in Bitcoin Core: an inbound connection comes from
/// another port than the one at which the peer listens. As large as there are inbound peers. Thread-safe.
/// </summary>
internal sealed class InboundHosts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkAddress, int> _counts = []; // Guarded by _lock.

    /// <summary>Gets the address of an inbound peer.</summary>
    /// <param name="connection">A connection.</param>
    /// <returns>Null for outbound peers, and where the address says nothing: of Tor, of this machine, of a private network.</returns>
    public static NetworkAddress? GetAddress(Connection connection) =>
        connection is { Direction: ConnectionDirection.Inbound, HasAddressOfPeer: true }
        && NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var peer) && peer.ToCjdns().Address is { IsRoutable: true } address
            ? address
            : null;

    /// <summary>Adds an inbound peer.</summary>
    public void Add(NetworkAddress address)
    {
        lock (_lock)
            _counts[address] = _counts.GetValueOrDefault(address) + 1;
    }

    /// <summary>Removes an inbound peer whose connection has ended.</summary>
    public void Remove(NetworkAddress address)
    {
        lock (_lock)
        {
            if (_counts.GetValueOrDefault(address) is > 1 and var count)
                _counts[address] = count - 1;
            else
                _counts.Remove(address);
        }
    }

    /// <summary>Determines whether an inbound peer has an address.</summary>
    public bool Contains(NetworkAddress address)
    {
        lock (_lock)
            return _counts.ContainsKey(address);
    }
}
