using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>The outbound peers that are connected, in the order of their connection. Thread-safe.</summary>
internal sealed class OutboundPeers
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly List<OutboundPeer> _peers = [];

    // The oldest of those that the node closed with all others; at most MaxAnchors that relay blocks only, and of the rest.
    private ImmutableArray<OutboundPeer> _suspended = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _peers.Count;
        }
    }

    public void Add(OutboundPeer peer)
    {
        lock (_lock)
            _peers.Add(peer);
    }

    /// <summary>Takes note that a trial has taken the place of an automatic peer.</summary>
    public void Promote(long id)
    {
        lock (_lock)
        {
            var index = _peers.FindIndex(peer => peer.Id == id);
            if (index >= 0)
                _peers[index] = _peers[index] with { Purpose = PeerPurpose.Automatic };
        }
    }

    /// <summary>Removes a peer whose connection has ended.</summary>
    /// <param name="id">The id of the connection.</param>
    /// <param name="wasSuspended">
    /// True if the node closed it together with all others, to stop or because the network is down. The peer may then be an anchor.
    /// </param>
    /// <returns>The peer; null if there is none with this id.</returns>
    public OutboundPeer? Remove(long id, bool wasSuspended)
    {
        lock (_lock)
        {
            var index = _peers.FindIndex(peer => peer.Id == id);
            if (index < 0)
                return null;
            var removed = _peers[index];
            _peers.RemoveAt(index);
            if (wasSuspended && CanBeAnchor(removed))
                _suspended = KeepOldest(_suspended.Add(removed));
            return removed;
        }
    }

    /// <summary>Determines whether there is a peer with some services, of some networks.</summary>
    public bool Has(NodeServices services, AddressNetworks networks)
    {
        lock (_lock)
        {
            return _peers.Exists(peer => peer.Services.HasFlag(services)
                && (networks == AddressNetworks.All || (peer.EndPoint is { } endPoint && networks.HasFlag(endPoint.Address.Network.ToSet()))));
        }
    }

    /// <summary>
    /// Determines whether the peers are in at least a number of netgroups; each peer without a netgroup counts as one. (By this, Bitcoin
    /// Core decides whether failures count against addresses.)
    /// </summary>
    public bool SpanGroups(int count)
    {
        if (count <= 0)
            return true;
        lock (_lock)
        {
            var groups = new HashSet<Netgroup>();
            var alone = 0;
            foreach (var peer in _peers)
            {
                if (peer.EndPoint is { } endPoint && Netgroup.FromAddress(endPoint.Address) is { IsExempt: false } group)
                    groups.Add(group);
                else
                    alone++;
                if (groups.Count + alone >= count)
                    return true;
            }

            return false;
        }
    }

    /// <summary>
    /// Gets the peers to dial first after a restart: the two automatic peers that were connected first, since the longest connections are
    /// the least likely to be an attacker's; otherwise those that were suspended last.
    /// </summary>
    /// <param name="connectedBy">Peers that were connected later are left out.</param>
    /// <param name="blockRelayOnly">True to take them from the block-relay-only peers, as Bitcoin Core does, which others do not find.</param>
    public ImmutableArray<PeerAddress> GetAnchors(DateTimeOffset connectedBy, bool blockRelayOnly = false)
    {
        lock (_lock)
        {
            return
            [
                .. _peers.Where(peer => CanBeAnchor(peer) && peer.Since <= connectedBy)
                    .Concat(_suspended)
                    .Where(peer => peer.IsBlockRelay || !blockRelayOnly)
                    .DistinctBy(static peer => peer.EndPoint)
                    .Take(AnchorsFile.MaxAnchors)
                    .Select(static peer => new PeerAddress(peer.EndPoint!.Value, (ulong)peer.Services, peer.Since)),
            ];
        }
    }

    private static ImmutableArray<OutboundPeer> KeepOldest(ImmutableArray<OutboundPeer> peers) =>
    [
        .. peers.OrderBy(static peer => peer.Since).GroupBy(static peer => peer.IsBlockRelay)
            .SelectMany(static kind => kind.Take(AnchorsFile.MaxAnchors)).OrderBy(static peer => peer.Since),
    ];

    private static bool CanBeAnchor(OutboundPeer peer) =>
        peer is { Purpose: PeerPurpose.Automatic or PeerPurpose.Anchor, EndPoint: { Address.IsRoutable: true } };
}

/// <summary>An outbound peer that stays connected, so neither a feeler nor an address fetch.</summary>
/// <param name="Id">The id of its connection.</param>
/// <param name="Purpose">The purpose of its connection.</param>
/// <param name="EndPoint">Its address; null for a host name whose address is unknown, behind a proxy.</param>
/// <param name="Services">The services that it claims to offer.</param>
/// <param name="Since">The time of its connection.</param>
internal sealed record OutboundPeer(long Id, PeerPurpose Purpose, NetworkEndPoint? EndPoint, NodeServices Services, DateTimeOffset Since)
{
    /// <summary>True if it relays blocks only.</summary>
    public bool IsBlockRelay { get; init; }
}
