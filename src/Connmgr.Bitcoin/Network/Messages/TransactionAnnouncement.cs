using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A transaction that is announced to peers until it is disposed of: see <see cref="PeerNetwork.AnnounceTransaction"/>. Thread-safe.
/// </summary>
public sealed class TransactionAnnouncement : IDisposable
{
    /// <summary>The most peers that are named as those that fetched the transaction: 1000. Further ones are answered, too.</summary>
    public const int MaxFetches = 1000;

    private readonly Action<TransactionAnnouncement> _end;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly HashSet<BitcoinPeer> _fetched = []; // At most MaxFetches.
    private ImmutableList<BitcoinPeer> _fetches = []; // The same, in order.
    private readonly HashSet<BitcoinPeer> _told = []; // Those connected peers that it was announced to.
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously); // Completed by each fetch and by the end.
    private bool _hasEnded;

    private int _announced; // Interlocked.

    internal TransactionAnnouncement(
        ReadOnlyMemory<byte> txid,
        ReadOnlyMemory<byte> wtxid,
        Func<BitcoinPeer, bool>? where,
        Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> getTransaction,
        Action<TransactionAnnouncement> end)
    {
        (TxId, WtxId, Where, GetTransaction, _end) = (txid.ToArray(), wtxid.ToArray(), where, getTransaction, end);
    }

    /// <summary>The txid, 32 bytes in the order of the wire.</summary>
    public ReadOnlyMemory<byte> TxId { get; }

    /// <summary>The wtxid, 32 bytes in the order of the wire (BIP141).</summary>
    public ReadOnlyMemory<byte> WtxId { get; }

    /// <summary>The number of peers that it was announced to so far.</summary>
    public int Announced => Volatile.Read(ref _announced);

    /// <summary>The peers that have fetched it, in order; at most <see cref="MaxFetches"/>.</summary>
    public ImmutableArray<BitcoinPeer> FetchedBy
    {
        get
        {
            lock (_lock)
                return [.. _fetches];
        }
    }

    /// <summary>The peers to announce it to, of those that relay transactions; null for all.</summary>
    internal Func<BitcoinPeer, bool>? Where { get; }

    /// <summary>The function that gets the transaction; null if it is not available any more.</summary>
    internal Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> GetTransaction { get; }

    /// <summary>
    /// Enumerates the peers that fetch the transaction: those that have done so already, then each one as it does. Ends when
    /// the announcement does, and after <see cref="MaxFetches"/> peers.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The peers in order, each of them once.</returns>
    public async IAsyncEnumerable<BitcoinPeer> WatchFetchesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = 0;
        while (true)
        {
            ImmutableList<BitcoinPeer> fetches;
            Task changed;
            bool hasEnded;
            lock (_lock)
                (fetches, changed, hasEnded) = (_fetches, _changed.Task, _hasEnded);
            for (; next < fetches.Count; next++)
                yield return fetches[next];
            if (hasEnded || next == MaxFetches)
                yield break;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the announcement: the transaction is neither announced nor sent to further peers. Further calls have no effect.</summary>
    public void Dispose() => _end(this);

    /// <summary>Announces the transaction to a peer, which may then fetch it.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="inv">The message's payload.</param>
    internal void Post(BitcoinPeer peer, ReadOnlySpan<byte> inv)
    {
        lock (_lock)
            _told.Add(peer); // Before the message: the answer may come at once.
        if (peer.TryPost(MessageCommand.Inv, inv))
            Interlocked.Increment(ref _announced);
        else
            Forget(peer);
    }

    /// <summary>Determines whether the transaction was announced to a peer.</summary>
    internal bool IsAnnouncedTo(BitcoinPeer peer)
    {
        lock (_lock)
            return _told.Contains(peer);
    }

    /// <summary>Forgets a peer that has ended.</summary>
    internal void Forget(BitcoinPeer peer)
    {
        lock (_lock)
            _told.Remove(peer);
    }

    /// <summary>Notes that a peer has been sent the transaction.</summary>
    internal void NoteFetch(BitcoinPeer peer)
    {
        lock (_lock)
        {
            if (_hasEnded || _fetched.Count >= MaxFetches || !_fetched.Add(peer))
                return;
            _fetches = _fetches.Add(peer);
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends the enumerations.</summary>
    internal void NoteEnd()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _changed.TrySetResult();
        }
    }
}
