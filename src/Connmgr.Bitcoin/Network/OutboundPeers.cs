using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>The outbound peers that are connected, in the order in which they were. Thread-safe.</summary>
internal sealed class OutboundPeers
{
    private readonly Lock _lock = new();
    private readonly List<OutboundPeer> _peers = [];
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

    /// <summary>A connection has ended.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="wasSuspended">
    /// Whether we put it down with all others, for a stop or with the network off: then it is one to begin with the next time.
    /// </param>
    /// <returns>The peer; null when it was none of these.</returns>
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
                _suspended = [.. _suspended.Add(removed).OrderBy(static peer => peer.Since).Take(AnchorsFile.MaxAnchors)];
            return removed;
        }
    }

    /// <summary>
    /// Whether peers in as many netgroups are connected as show that the program has a network; those without a group count one each.
    /// (Bitcoin Core's rule for counting failures against addresses.)
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
                if (peer.EndPoint is { } endPoint && Netgroup.Of(endPoint.Address) is { IsExempt: false } group)
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
    /// The peers to begin with after a restart: the two automatic ones that were connected first, since who stayed longest is the least
    /// likely to be there by somebody's design; else those that were put down last.
    /// </summary>
    /// <param name="connectedBy">Those connected later are left out.</param>
    public ImmutableArray<PeerAddress> Anchors(DateTimeOffset connectedBy)
    {
        lock (_lock)
        {
            return
            [
                .. _peers.Where(peer => CanBeAnchor(peer) && peer.Since <= connectedBy)
                    .Concat(_suspended)
                    .DistinctBy(static peer => peer.EndPoint)
                    .Take(AnchorsFile.MaxAnchors)
                    .Select(static peer => new PeerAddress(peer.EndPoint!.Value, (ulong)peer.Services, peer.Since)),
            ];
        }
    }

    private static bool CanBeAnchor(OutboundPeer peer) =>
        peer is { Purpose: PeerPurpose.Automatic or PeerPurpose.Anchor, EndPoint: { Address.IsRoutable: true } };
}

/// <summary>An outbound peer that stays: no feeler and no address fetch.</summary>
/// <param name="Id">The id of its connection.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="EndPoint">Its address; null for a host name whose address is not known, behind a proxy.</param>
/// <param name="Services">What it said that it offers.</param>
/// <param name="Since">When it was connected.</param>
internal sealed record OutboundPeer(long Id, PeerPurpose Purpose, NetworkEndPoint? EndPoint, NodeServices Services, DateTimeOffset Since);
