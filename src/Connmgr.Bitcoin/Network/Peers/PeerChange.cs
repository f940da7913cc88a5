namespace Connmgr.Bitcoin;

/// <summary>A change of the peers of a network: see <see cref="PeerNetwork.WatchPeersAsync"/>. Immutable.</summary>
public abstract class PeerChange
{
    private protected PeerChange(BitcoinPeer peer) => Peer = peer;

    /// <summary>The peer.</summary>
    public BitcoinPeer Peer { get; }
}

/// <summary>A peer has joined the network: its handshake is complete, and <see cref="PeerNetworkOptions.OnPeer"/> has returned.</summary>
public sealed class PeerJoined : PeerChange
{
    internal PeerJoined(BitcoinPeer peer)
        : base(peer)
    {
    }
}

/// <summary>A peer has left the network: its connection has ended.</summary>
public sealed class PeerLeft : PeerChange
{
    internal PeerLeft(BitcoinPeer peer, DisconnectReason reason)
        : base(peer) =>
        Reason = reason;

    /// <summary>The reason for the end of the connection.</summary>
    public DisconnectReason Reason { get; }
}

/// <summary>A peer has moved to another group of outbound peers. Its connection stays the same.</summary>
public sealed class PeerMoved : PeerChange
{
    internal PeerMoved(BitcoinPeer peer, string? from, string to)
        : base(peer) =>
        (From, To) = (from, to);

    /// <summary>The group that the peer was in; null for none.</summary>
    public string? From { get; }

    /// <summary>The group that the peer is in.</summary>
    public string To { get; }
}
