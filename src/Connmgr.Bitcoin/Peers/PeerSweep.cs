namespace Connmgr.Bitcoin;

/// <summary>
/// Looks after the pings and time-outs of all running peers with one timer, which exists while there are peers. Thread-safe.
/// </summary>
internal sealed class PeerSweep(TimeProvider time, TimeSpan period)
{
    private readonly Lock _lock = new();
    private readonly HashSet<BitcoinPeer> _peers = [];
    private ITimer? _timer;

    /// <summary>Begins to look after a peer, at once for the first time.</summary>
    public void Add(BitcoinPeer peer)
    {
        lock (_lock)
        {
            _peers.Add(peer);
            _timer ??= time.CreateTimer(static sweep => ((PeerSweep)sweep!).Sweep(), this, period, period);
            peer.CheckTimers(time.GetTimestamp());
        }
    }

    /// <summary>Ceases to look after a peer. On return nothing is begun for it any more.</summary>
    public void Remove(BitcoinPeer peer)
    {
        lock (_lock)
        {
            if (!_peers.Remove(peer) || _peers.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Sweep()
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            // Under the lock, since tending runs nothing of the user's: what it starts goes to the thread pool.
            foreach (var peer in _peers)
                peer.CheckTimers(now);
        }
    }
}
