using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses at which others can reach this node, whatever they are known from, and the choice of the one that is sent to a peer: the best
/// for the peer's network, as in Bitcoin Core. A peer on Tor, I2P or CJDNS gets only an address on the same network, and no other peer gets
/// that address. Thread-safe.
/// </summary>
public sealed class ExternalAddresses
{
    private readonly Lock _lock = new();
    private ImmutableArray<ExternalAddress> _all = []; // Written under _lock. In the order in which they became known.
    private int _listenPort; // 0 while the addresses that peers see are not used.

    /// <summary>The event for each address that was added or removed. Called on the thread of the change, so handlers must be quick. Their exceptions are ignored.</summary>
    public event EventHandler<ExternalAddressChangedEventArgs>? Changed;

    /// <summary>The addresses, in the order in which they became known.</summary>
    public ImmutableArray<ExternalAddress> All
    {
        get
        {
            lock (_lock)
                return _all;
        }
    }

    /// <summary>The port to add to the address at which an outbound peer sees this node; 0 if such addresses are not sent.</summary>
    internal int ListenPort
    {
        get => Volatile.Read(ref _listenPort);
        set => Volatile.Write(ref _listenPort, value);
    }

    /// <summary>Adds an address, or a further origin of a known one.</summary>
    /// <param name="endPoint">The address with its port.</param>
    /// <param name="origin">The source that knows it.</param>
    /// <returns>False if that was known, or if the address is private or local, so that no peer can use it.</returns>
    public bool Add(NetworkEndPoint endPoint, ExternalAddressOrigin origin)
    {
        if (!endPoint.Address.IsRoutable)
            return false;
        ExternalAddress added;
        bool isNew;
        lock (_lock)
        {
            var index = IndexLocked(endPoint);
            isNew = index < 0;
            if (isNew)
            {
                added = new(endPoint, [origin], timesSeen: 0);
                _all = _all.Add(added);
            }
            else if (_all[index].Origins.Contains(origin))
            {
                return false;
            }
            else
            {
                added = new(endPoint, _all[index].Origins.Add(origin), _all[index].TimesSeen);
                _all = _all.SetItem(index, added);
            }
        }

        if (isNew)
            RaiseChanged(added, isAdded: true);
        return true;
    }

    /// <summary>Removes an origin of an address. Without an origin, the address is no longer sent.</summary>
    /// <param name="endPoint">The address with its port.</param>
    /// <param name="origin">The source that no longer has it.</param>
    /// <returns>False if that was not known.</returns>
    public bool Remove(NetworkEndPoint endPoint, ExternalAddressOrigin origin)
    {
        ExternalAddress known;
        lock (_lock)
        {
            var index = IndexLocked(endPoint);
            if (index < 0 || !_all[index].Origins.Contains(origin))
                return false;
            known = _all[index];
            if (known.Origins.Count > 1)
            {
                _all = _all.SetItem(index, new(endPoint, known.Origins.Remove(origin), known.TimesSeen));
                return true;
            }

            _all = _all.RemoveAt(index);
        }

        RaiseChanged(known, isAdded: false);
        return true;
    }

    /// <summary>Determines whether an address is one of this node's.</summary>
    /// <param name="endPoint">The address with its port.</param>
    /// <returns>True when it is in the table.</returns>
    public bool Contains(NetworkEndPoint endPoint)
    {
        lock (_lock)
            return IndexLocked(endPoint) >= 0;
    }

    /// <summary>Finds the best address for a peer: on its network or, between IPv4 and IPv6, on the other; of equal ones that with the highest score.</summary>
    /// <param name="peer">The address of the peer.</param>
    /// <returns>Null if there is none that the peer may learn, and for private and local addresses.</returns>
    public ExternalAddress? Find(NetworkAddress peer) => Find(peer, isOnion: false);

    /// <summary>Finds the best address for a peer.</summary>
    /// <param name="peer">The address of the peer.</param>
    /// <param name="isOnion">True for a peer of the onion service, which has Tor's address.</param>
    internal ExternalAddress? Find(in NetworkAddress peer, bool isOnion)
    {
        ExternalAddress? best = null;
        var found = (Rank: ReachabilityRank.None, Score: 0);
        foreach (var own in All)
        {
            var candidate = (ReachabilityRules.Rank(own.EndPoint.Address, peer, isOnion), own.Score);
            if (ReachabilityRules.IsBetter(candidate, found) && candidate.Item1 != ReachabilityRank.None)
                (best, found) = (own, candidate);
        }

        return best;
    }

    /// <summary>Replaces all addresses of an origin by others.</summary>
    internal void Set(ExternalAddressOrigin origin, IReadOnlyCollection<NetworkEndPoint> endPoints)
    {
        foreach (var gone in All.Where(known => known.Origins.Contains(origin) && !endPoints.Contains(known.EndPoint)))
            Remove(gone.EndPoint, origin);
        foreach (var endPoint in endPoints)
            Add(endPoint, origin);
    }

    /// <summary>Notes that an inbound peer connected to an address; raises its score.</summary>
    /// <param name="address">The address in the peer's version message. Others than the node's have no effect.</param>
    internal void NoteSeen(NetworkAddress address)
    {
        lock (_lock)
        {
            for (var i = 0; i < _all.Length; i++)
            {
                if (_all[i] is var known && known.EndPoint.Address == address && known.TimesSeen < int.MaxValue)
                    _all = _all.SetItem(i, new(known.EndPoint, known.Origins, known.TimesSeen + 1));
            }
        }
    }

    private void RaiseChanged(ExternalAddress address, bool isAdded)
    {
        var changed = new ExternalAddressChangedEventArgs(address, isAdded);
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(this, changed);
            }
            catch (Exception)
            {
                // It would end the part that changes the table, for example the observation of the network.
            }
        }
    }

    private int IndexLocked(NetworkEndPoint endPoint)
    {
        for (var i = 0; i < _all.Length; i++)
        {
            if (_all[i].EndPoint == endPoint)
                return i;
        }

        return -1;
    }
}
