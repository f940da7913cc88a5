using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The peers of a network: who has joined, who has left and why, and who is leased. A peer joins once its handshake is complete and the
/// user's callback has returned. Thread-safe; no user code runs here.
/// </summary>
internal sealed class PeerDirectory
{
    /// <summary>The number of changes above which a watcher that falls behind gets their sum.</summary>
    internal const int WatcherCapacity = 1024;

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<BitcoinPeer, Membership> _members = []; // From the join until the reason for the end is known.
    private readonly List<PeerWatcher> _watchers = [];
    private ImmutableArray<BitcoinPeer> _peers = []; // The members that have not ended; default after a change, until it is read.
    private TaskCompletionSource? _changed; // Null while no call waits.
    private TaskCompletionSource? _emptied; // Set once no peer joins any more.

    /// <summary>Called after each change that may end a wait for a peer, under no lock. Set before the first peer joins.</summary>
    public Action? OnChanged { get; set; }

    /// <summary>The peers that have joined and whose connections have not ended, in no particular order.</summary>
    public ImmutableArray<BitcoinPeer> Peers
    {
        get
        {
            lock (_lock)
            {
                if (_peers.IsDefault)
                    _peers = [.. _members.Where(static member => !member.Value.HasEnded).Select(static member => member.Key)];
                return _peers;
            }
        }
    }

    /// <summary>A task that completes when a peer next joins or ends.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Adds a peer. It is removed when its connection has ended.</summary>
    public void Add(BitcoinPeer peer)
    {
        lock (_lock)
        {
            if (_emptied is not null)
                return;
            _members.Add(peer, new Membership());
            Publish(new PeerJoined(peer));
            NoteChangeLocked();
        }

        OnChanged?.Invoke();
        _ = RemoveWhenClosedAsync(peer); // CompleteAsync waits for it: it ends by removing the peer.
    }

    /// <summary>Determines whether a peer is a member whose connection has not ended.</summary>
    public bool Contains(BitcoinPeer peer)
    {
        lock (_lock)
            return _members.TryGetValue(peer, out var member) && !member.HasEnded;
    }

    /// <summary>Notes that the conversation with a peer has ended: it is not to be used any more. No effect if it has not joined.</summary>
    public void End(BitcoinPeer peer)
    {
        lock (_lock)
        {
            if (_members.TryGetValue(peer, out var member))
                (member.HasEnded, member.Lease) = (true, null);
            NoteChangeLocked();
        }
    }

    /// <summary>Notes that a peer has moved from one group to another.</summary>
    public void Move(BitcoinPeer peer, string? from, string to)
    {
        lock (_lock)
        {
            if (!_members.ContainsKey(peer))
                return;
            Publish(new PeerMoved(peer, from, to));
        }

        OnChanged?.Invoke();
    }

    /// <summary>Gets the peers that are not leased.</summary>
    public ImmutableArray<BitcoinPeer> GetFree()
    {
        lock (_lock)
            return [.. _members.Where(static member => member.Value is { HasEnded: false, Lease: null }).Select(static member => member.Key)];
    }

    /// <summary>Leases a peer.</summary>
    /// <returns>Null if it is leased already or has ended.</returns>
    public PeerLease? TryLease(BitcoinPeer peer)
    {
        lock (_lock)
        {
            if (!_members.TryGetValue(peer, out var member) || member is not { HasEnded: false, Lease: null })
                return null;
            return member.Lease = new PeerLease(peer, Release);
        }
    }

    /// <summary>Gets the number of leases of a peer, 0 or 1.</summary>
    public int CountLeases(BitcoinPeer peer)
    {
        lock (_lock)
            return _members.TryGetValue(peer, out var member) && member.Lease is not null ? 1 : 0;
    }

    /// <summary>
    /// Enumerates the changes from when an enumerator is got: first the present peers as joined, then each change until the directory is complete.
    /// </summary>
    public IAsyncEnumerable<PeerChange> WatchAsync(CancellationToken cancellationToken) => new WatchSequence<PeerChange>(Watch, cancellationToken);

    private DirectoryWatch Watch()
    {
        var watcher = new PeerWatcher(WatcherCapacity);
        lock (_lock)
        {
            foreach (var peer in _members.Keys)
                watcher.Add(new PeerJoined(peer));
            if (_emptied is { Task.IsCompleted: true })
                watcher.Complete();
            else
                _watchers.Add(watcher);
        }

        return new DirectoryWatch(this, watcher);
    }

    /// <summary>Waits until every peer is removed, and ends the watchers. No peer joins any more.</summary>
    public async Task CompleteAsync()
    {
        TaskCompletionSource emptied;
        lock (_lock)
        {
            emptied = _emptied ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            CompleteIfEmptyLocked();
        }

        await emptied.Task.ConfigureAwait(false);
    }

    private async Task RemoveWhenClosedAsync(BitcoinPeer peer)
    {
        var reason = await peer.Closed.ConfigureAwait(false);
        lock (_lock)
        {
            _members.Remove(peer);
            Publish(new PeerLeft(peer, reason));
            NoteChangeLocked();
            CompleteIfEmptyLocked();
        }
    }

    private void Release(PeerLease lease)
    {
        lock (_lock)
        {
            if (!_members.TryGetValue(lease.Peer, out var member) || member.Lease != lease)
                return;
            member.Lease = null;
        }

        OnChanged?.Invoke();
    }

    private void Publish(PeerChange change)
    {
        foreach (var watcher in _watchers)
            watcher.Add(change);
    }

    private void NoteChangeLocked()
    {
        _peers = default;
        _changed?.SetResult();
        _changed = null;
    }

    private void CompleteIfEmptyLocked()
    {
        if (_emptied is null || _members.Count > 0)
            return;
        foreach (var watcher in _watchers)
            watcher.Complete();
        _emptied.TrySetResult();
    }

    /// <summary>The state of a member. Guarded by the lock of the directory.</summary>
    private sealed class Membership
    {
        public bool HasEnded { get; set; }

        public PeerLease? Lease { get; set; }
    }

    /// <summary>A watcher of this directory.</summary>
    private sealed class DirectoryWatch(PeerDirectory directory, PeerWatcher watcher) : IWatch<PeerChange>
    {
        public async IAsyncEnumerable<PeerChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using (this)
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    PeerChange? change;
                    var waiting = Task.CompletedTask;
                    lock (directory._lock)
                    {
                        change = watcher.TryTake();
                        if (change is null && watcher.IsComplete)
                            yield break;
                        if (change is null)
                            waiting = watcher.WaitAsync();
                    }

                    if (change is not null)
                        yield return change;
                    else
                        await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public void Dispose()
        {
            lock (directory._lock)
                directory._watchers.Remove(watcher);
        }
    }
}
