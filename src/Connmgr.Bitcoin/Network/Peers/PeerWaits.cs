using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The waits for a peer that matches, with or without a lease. A wait that finds none at once is served by one task at a time, on the pool
/// and in the order of the calls, after each change and once a second, since what the user's function looks at may change too.
/// Thread-safe.
/// </summary>
internal sealed class PeerWaits : IAsyncDisposable
{
    /// <summary>The time after which peers are looked at again although none has joined or become free.</summary>
    internal static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly PeerDirectory _directory;
    private readonly Random _random; // Guarded by _lock.
    private readonly ITimer _timer; // Runs while there are waits.

    // Guarded by _lock.
    private readonly LinkedList<Wait> _waits = [];
    private int _leaseWaits; // The number of those that want a lease.
    private bool _isServing;
    private bool _hasChanged; // True when all waits are to be looked at, not only new ones.
    private bool _isOver;
    private Task _serving = Task.CompletedTask; // The task that serves, or the last one.

    public PeerWaits(PeerDirectory directory, TimeProvider time, Random random)
    {
        (_directory, _random) = (directory, random);
        _timer = time.CreateTimer(static waits => ((PeerWaits)waits!).Recheck(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        directory.OnChanged = Recheck;
    }

    /// <summary>
    /// The rating of a peer, greater for a better one. Called on the pool, under no lock. Set before the first wait. By default the peer
    /// with the shortest round trip is the best.
    /// </summary>
    public Func<BitcoinPeer, double> GetRating { get; set; } = static peer => -(peer.ShortestRoundTrip ?? TimeSpan.MaxValue).TotalSeconds;

    /// <summary>Waits for a peer that matches.</summary>
    public async Task<BitcoinPeer> GetAsync(Func<BitcoinPeer, bool>? where, PeerPick pick, CancellationToken cancellationToken) =>
        (await TakeAsync(new Wait(where, pick, isLease: false), cancellationToken).ConfigureAwait(false)).Peer;

    /// <summary>Waits for a peer that matches and is not leased, and leases it.</summary>
    public async Task<PeerLease> LeaseAsync(Func<BitcoinPeer, bool>? where, PeerPick pick, CancellationToken cancellationToken) =>
        (await TakeAsync(new Wait(where, pick, isLease: true), cancellationToken).ConfigureAwait(false)).Lease!;

    /// <summary>Ends all waits: they and later calls throw.</summary>
    public void Stop()
    {
        Wait[] waits;
        lock (_lock)
        {
            _isOver = true;
            waits = [.. _waits];
            foreach (var wait in waits)
                RemoveLocked(wait);
        }

        foreach (var wait in waits)
            wait.Result.SetException(NewStoppedException());
    }

    /// <summary>Stops, and waits until the user's functions have returned.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _timer.DisposeAsync().ConfigureAwait(false);
        Task serving;
        lock (_lock)
            serving = _serving;
        await serving.ConfigureAwait(false);
    }

    private static InvalidOperationException NewStoppedException() => new("The network was stopped, so no peer can be waited for.");

    private async Task<Found> TakeAsync(Wait wait, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (MayTakeAtOnce(wait) && Find(wait) is { } found)
            return found;

        Enqueue(wait);
        using var canceled = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (waits, wait) = ((PeerWaits, Wait))state!;
                waits.Cancel(wait, token);
            },
            (this, wait));
        return await wait.Result.Task.ConfigureAwait(false);
    }

    /// <summary>Determines whether a wait may look before it waits. One for a lease may not overtake others.</summary>
    private bool MayTakeAtOnce(Wait wait)
    {
        lock (_lock)
            return _isOver ? throw NewStoppedException() : !wait.IsLease || _leaseWaits == 0;
    }

    private void Enqueue(Wait wait)
    {
        lock (_lock)
        {
            if (_isOver)
                throw NewStoppedException();
            wait.Node = _waits.AddLast(wait);
            if (wait.IsLease)
                _leaseWaits++;
            if (_waits.Count == 1)
                _timer.Change(CheckInterval, CheckInterval);
            ServeLocked(); // A peer may have come after the first look.
        }
    }

    private void Cancel(Wait wait, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!RemoveLocked(wait))
                return;
        }

        wait.Result.SetCanceled(cancellationToken);
    }

    /// <summary>Removes a wait, whose result is then the caller's to set.</summary>
    /// <returns>False if it was removed before.</returns>
    private bool RemoveLocked(Wait wait)
    {
        if (wait.Node is not { } node)
            return false;
        wait.Node = null;
        _waits.Remove(node);
        if (wait.IsLease)
            _leaseWaits--;
        if (_waits.Count == 0)
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return true;
    }

    private void Recheck()
    {
        lock (_lock)
        {
            if (_waits.Count == 0)
                return;
            _hasChanged = true;
            ServeLocked();
        }
    }

    private void ServeLocked()
    {
        if (_isServing)
            return;
        _isServing = true;
        using (ExecutionContext.SuppressFlow()) // The task serves other callers too, so it must not capture this one's AsyncLocals.
            _serving = Task.Run(Serve);
    }

    private void Serve()
    {
        while (TakeRound() is { Length: > 0 } waits)
        {
            // One list for the round: a peer that becomes free meanwhile goes to the first that waits for it, in the next round.
            var free = waits.Any(static wait => wait.IsLease) ? _directory.GetFree().ToList() : [];
            foreach (var wait in waits)
                Serve(wait, free);
        }
    }

    /// <summary>Takes the waits to look at, in order.</summary>
    /// <returns>None when there is nothing to do until the next change.</returns>
    private Wait[] TakeRound()
    {
        lock (_lock)
        {
            var all = _hasChanged;
            _hasChanged = false;
            var leases = _waits.Any(static wait => wait is { IsNew: true, IsLease: true }); // Earlier ones go first: a peer may have become free.
            Wait[] round = [.. _waits.Where(wait => all || wait.IsNew || (leases && wait.IsLease))];
            foreach (var wait in round)
                wait.IsNew = false;
            _isServing = round.Length > 0;
            return round;
        }
    }

    private void Serve(Wait wait, List<BitcoinPeer> free)
    {
        Found? found;
        try
        {
            found = wait.IsLease ? FindLease(wait, free) : FindPeer(wait);
        }
        catch (Exception exception) // By the user's function.
        {
            lock (_lock)
            {
                if (!RemoveLocked(wait))
                    return;
            }

            wait.Result.SetException(exception);
            return;
        }

        if (found is not { } result)
            return;
        bool isWaiting;
        lock (_lock)
            isWaiting = RemoveLocked(wait);
        if (isWaiting)
            wait.Result.SetResult(result);
        else
            result.Lease?.Dispose(); // The wait was cancelled meanwhile.
    }

    private Found? Find(Wait wait) => wait.IsLease ? FindLease(wait, [.. _directory.GetFree()]) : FindPeer(wait);

    private Found? FindPeer(Wait wait) => Choose(_directory.Peers, wait) is { } peer ? new(peer, Lease: null) : null;

    private Found? FindLease(Wait wait, List<BitcoinPeer> free)
    {
        while (Choose(free, wait) is { } peer)
        {
            free.Remove(peer);
            if (_directory.TryLease(peer) is { } lease)
                return new(peer, lease);
        }

        return null;
    }

    /// <summary>Chooses among the peers that match. Runs user code.</summary>
    private BitcoinPeer? Choose(IEnumerable<BitcoinPeer> peers, Wait wait)
    {
        BitcoinPeer? best = null;
        var (bestScore, equal) = (0.0, 0);
        foreach (var peer in peers)
        {
            if (wait.Where?.Invoke(peer) == false)
                continue;
            var score = GetScore(peer, wait.Pick);
            if (best is null || score > bestScore)
                (best, bestScore, equal) = (peer, score, 1);
            else if (!(score < bestScore) && IsChosenOf(++equal))
                best = peer;
        }

        return best;
    }

    private double GetScore(BitcoinPeer peer, PeerPick pick) => pick switch
    {
        PeerPick.Rating => GetRating(peer) is var rating && double.IsNaN(rating) ? double.NegativeInfinity : rating,
        PeerPick.Load => -(peer.RequestsUnderWay + _directory.CountLeases(peer)),
        _ => 0,
    };

    private bool IsChosenOf(int count)
    {
        lock (_lock)
            return _random.Next(count) == 0;
    }

    /// <summary>A peer that matches, and its lease if one was wanted.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Found(BitcoinPeer Peer, PeerLease? Lease);

    /// <summary>A wait for a peer.</summary>
    private sealed class Wait(Func<BitcoinPeer, bool>? where, PeerPick pick, bool isLease)
    {
        public Func<BitcoinPeer, bool>? Where => where;

        public PeerPick Pick => pick;

        public bool IsLease => isLease;

        public TaskCompletionSource<Found> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The place in the queue; null before and after. Guarded by the lock.</summary>
        public LinkedListNode<Wait>? Node { get; set; }

        /// <summary>True until it was looked at. Guarded by the lock.</summary>
        public bool IsNew { get; set; } = true;
    }
}
