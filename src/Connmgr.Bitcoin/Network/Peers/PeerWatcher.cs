namespace Connmgr.Bitcoin;

/// <summary>
/// The changes that one watcher of a <see cref="PeerDirectory"/> has not read yet. Their number is bounded: a watcher that falls behind is
/// given the sum of the changes. Guarded by the lock of the directory.
/// </summary>
/// <param name="capacity">The number of changes above which they are summed up.</param>
internal sealed class PeerWatcher(int capacity)
{
    private Queue<PeerChange> _changes = new();
    private int _leftAtMerge; // The number of changes that could not be summed up further, the last time.
    private TaskCompletionSource? _waiting;

    /// <summary>The number of changes to read.</summary>
    public int Count => _changes.Count;

    /// <summary>True when no change follows.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Adds a change.</summary>
    public void Add(PeerChange change)
    {
        _changes.Enqueue(change);
        if (_changes.Count > Math.Max(capacity, 2 * _leftAtMerge))
        {
            _changes = new(Merge(_changes));
            _leftAtMerge = _changes.Count;
        }

        Wake();
    }

    /// <summary>Ends the changes.</summary>
    public void Complete()
    {
        IsComplete = true;
        Wake();
    }

    /// <summary>Takes the oldest change.</summary>
    /// <returns>Null when all were read.</returns>
    public PeerChange? TryTake() => _changes.TryDequeue(out var change) ? change : null;

    /// <summary>Gets a task that completes with the next change or the end.</summary>
    public Task WaitAsync() => (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>
    /// Sums up changes: a peer that joined and left is left out, several moves are one, and the end of a peer replaces its moves. The
    /// changes keep the order in which the peers first changed.
    /// </summary>
    internal static IEnumerable<PeerChange> Merge(IEnumerable<PeerChange> changes)
    {
        var merged = new OrderedDictionary<BitcoinPeer, PeerChange?>();
        foreach (var change in changes)
            merged[change.Peer] = merged.TryGetValue(change.Peer, out var earlier) ? Merge(earlier, change) : change;
        return merged.Values.OfType<PeerChange>();
    }

    private static PeerChange? Merge(PeerChange? earlier, PeerChange later) => (earlier, later) switch
    {
        (PeerJoined, PeerLeft) => null,
        (PeerJoined, _) => earlier,
        (PeerMoved first, PeerMoved last) => string.Equals(first.From, last.To, StringComparison.Ordinal) ? null : new PeerMoved(later.Peer, first.From, last.To),
        _ => later,
    };

    private void Wake()
    {
        _waiting?.SetResult();
        _waiting = null;
    }
}
