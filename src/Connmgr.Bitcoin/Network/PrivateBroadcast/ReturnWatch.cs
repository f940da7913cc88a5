using System.Buffers.Binary;
using ItemHash = Connmgr.Bitcoin.AnnouncementCredit.ItemHash;

namespace Connmgr.Bitcoin;

/// <summary>Watches for the return of transactions: an ordinary peer announces one that was sent privately. Thread-safe.</summary>
/// <param name="router">Reads inv while something is watched for.</param>
internal sealed class ReturnWatch(MessageRouter router)
{
    private const int HashLength = 32;
    private const int ItemLength = sizeof(uint) + HashLength;

    private readonly Lock _lock = new();
    private readonly Dictionary<ItemHash, TaskCompletionSource> _byHash = []; // Each by its txid and its wtxid. Guarded by _lock.
    private bool _isOver; // Guarded by _lock.
    private volatile bool _isActive; // True while something is watched for. Written under _lock.

    /// <summary>Begins to watch for a transaction.</summary>
    /// <returns>A task that completes when a peer announces it.</returns>
    /// <exception cref="InvalidOperationException">The transaction is watched for already.</exception>
    public Task WatchAsync(PrivateTransaction transaction)
    {
        var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isOver)
                throw NewStoppedException();
            if (!_byHash.TryAdd(ItemHash.Read(transaction.TxId), returned))
                throw new InvalidOperationException("The transaction is being broadcast already: wait for the end of that call.");
            _byHash[ItemHash.Read(transaction.WtxId)] = returned;
            router.Read(MessageCommand.Inv, isNeeded: true);
            _isActive = true;
        }

        return returned.Task;
    }

    /// <summary>Ends all watches: they and later calls throw.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (var returned in _byHash.Values)
                returned.TrySetException(NewStoppedException());
        }
    }

    /// <summary>Ends the watch for a transaction.</summary>
    public void Remove(PrivateTransaction transaction)
    {
        lock (_lock)
        {
            _byHash.Remove(ItemHash.Read(transaction.TxId));
            _byHash.Remove(ItemHash.Read(transaction.WtxId));
            router.Read(MessageCommand.Inv, isNeeded: false);
            _isActive = _byHash.Count > 0;
        }
    }

    /// <summary>
    /// Looks at a message of an ordinary peer. Only one that this side has chosen counts: a recipient could connect to us and claim the return.
    /// </summary>
    public void Look(ConnectionDirection direction, in BitcoinMessage message)
    {
        if (_isActive && direction == ConnectionDirection.Outbound && message.Command == MessageCommand.Inv)
            LookAtItems(message.Payload.Span);
    }

    private static InvalidOperationException NewStoppedException() => new("The network was stopped, so the transaction is not sent to further peers.");

    /// <summary>Looks at the items of an inv. A malformed one is left to its other readers.</summary>
    private void LookAtItems(ReadOnlySpan<byte> inv)
    {
        var items = inv[Math.Min(inv.Length, inv.Length % ItemLength)..]; // After their number, of 1, 3, 5 or 9 bytes.
        lock (_lock)
        {
            for (; items.Length >= ItemLength; items = items[ItemLength..])
            {
                var type = (InventoryType)BinaryPrimitives.ReadUInt32LittleEndian(items);
                if (type is InventoryType.Transaction or InventoryType.TransactionByWtxid or InventoryType.WitnessTransaction
                    && _byHash.TryGetValue(ItemHash.Read(items[sizeof(uint)..]), out var returned))
                    returned.TrySetResult();
            }
        }
    }
}
