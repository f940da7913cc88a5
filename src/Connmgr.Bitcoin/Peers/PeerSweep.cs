namespace Connmgr.Bitcoin;

/// <summary>Checks the pings and time-outs of all running peers with one timer, which exists while there are peers. Thread-safe.</summary>
internal sealed class PeerSweep(TimeProvider time, TimeSpan period)
{
    private readonly Lock _lock = new();
    private readonly HashSet<PeerKeepAlive> _peers = [];
    private ITimer? _timer;

    /// <summary>Adds a peer, and checks it at once.</summary>
    public void Add(PeerKeepAlive peer)
    {
        lock (_lock)
        {
            _peers.Add(peer);
            _timer ??= time.CreateTimer(static sweep => ((PeerSweep)sweep!).Sweep(), this, period, period);
            peer.Check(time.GetTimestamp());
        }
    }

    /// <summary>Removes a peer. No check or ping of it starts after this returns.</summary>
    public void Remove(PeerKeepAlive peer)
    {
        lock (_lock)
        {
            if (!_peers.Remove(peer) || _peers.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Sends a ping to a peer unless one is under way. Does nothing once the peer is removed.</summary>
    public void Ping(PeerKeepAlive peer)
    {
        lock (_lock)
        {
            if (_peers.Contains(peer))
                peer.PingEarly();
        }
    }

    private void Sweep()
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            // No user code runs under the lock: pings run on the thread pool.
            foreach (var peer in _peers)
                peer.Check(now);
        }
    }
}
