namespace Connmgr.Bitcoin;

/// <summary>
/// The exclusive use of a peer among leases: see <see cref="PeerNetwork.LeaseAsync"/>. It ends when it is disposed of, or with the peer.
/// Thread-safe.
/// </summary>
public sealed class PeerLease : IDisposable
{
    private readonly Action<PeerLease> _release;

    internal PeerLease(BitcoinPeer peer, Action<PeerLease> release) => (Peer, _release) = (peer, release);

    /// <summary>The peer.</summary>
    public BitcoinPeer Peer { get; }

    /// <summary>Ends the lease. Further calls have no effect.</summary>
    public void Dispose() => _release(this);
}
