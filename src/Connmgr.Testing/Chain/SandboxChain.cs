using System.Diagnostics.CodeAnalysis;

namespace Connmgr.Testing;

/// <summary>
/// The block chain of a <see cref="SandboxNetwork"/>, which its peers serve. It follows the rules of Bitcoin Core's regtest and begins with the
/// same block, so that programs read and verify it as that: small blocks, a new one each <see cref="SandboxNetworkOptions.BlockInterval"/>
/// and whenever you like. Thread-safe.
/// </summary>
/// <remarks>
/// Hashes are in their order on the wire; block explorers show them in reverse. Each second block has a payment to keys that do not exist, and
/// all blocks have the transactions that wait. A block takes about 1 kB of memory.
/// </remarks>
public sealed class SandboxChain
{
    private const int MaxMined = 10_000;
    private const int MaxNews = 1_000;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly long _start;
    private readonly DateTimeOffset _startTime;

    // Guarded by _lock.
    private readonly ChainState _state;
    private readonly Queue<ChainTransaction> _news = []; // The last transactions that came to wait.
    private long _newsCount; // All of them, also those that _news has no more.
    private long _grown; // The blocks that came by time.
    private int _fork; // The height of the last block that the last reorganization left.
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SandboxChain(SandboxNetworkOptions options)
    {
        (_time, _interval) = (options.TimeProvider, options.BlockInterval);
        (_start, _startTime) = (_time.GetTimestamp(), _time.GetUtcNow());
        _state = new(options.Seed);
        for (var left = options.Blocks - 1; left >= 0; left--)
            _state.Mine(_startTime.ToUnixTimeSeconds() - (long)(left * _interval.TotalSeconds), TimeSpan.Zero);
    }

    /// <summary>The height of the best block. The first block has height 0.</summary>
    public int Height => Read(static state => state.Tip.Height);

    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Gets a block.</summary>
    /// <param name="height">Its height, from 0 to <see cref="Height"/>.</param>
    /// <returns>The block with witnesses, as in a message <c>block</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no block of that height.</exception>
    public ReadOnlyMemory<byte> GetBlock(int height) => Get(height).Serialize(withWitnesses: true);

    /// <summary>Gets the header of a block.</summary>
    /// <param name="height">The height of the block, from 0 to <see cref="Height"/>.</param>
    /// <returns>80 bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no block of that height.</exception>
    public ReadOnlyMemory<byte> GetHeader(int height) => Get(height).Header.AsSpan().ToArray();

    /// <summary>Gets the hash of a block.</summary>
    /// <param name="height">The height of the block, from 0 to <see cref="Height"/>.</param>
    /// <returns>32 bytes, in their order on the wire.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no block of that height.</exception>
    public ReadOnlyMemory<byte> GetHash(int height) => Get(height).Hash.ToArray();

    /// <summary>Gets the basic compact filter of a block (BIP158).</summary>
    /// <param name="height">The height of the block, from 0 to <see cref="Height"/>.</param>
    /// <returns>The filter, as in a message <c>cfilter</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no block of that height.</exception>
    public ReadOnlyMemory<byte> GetFilter(int height) => Get(height).Filter.AsSpan().ToArray();

    /// <summary>Mines blocks at once, with the transactions that wait. Peers announce them.</summary>
    /// <param name="count">The number of blocks, from 1 to 10,000.</param>
    /// <returns>The height of the last one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of its range.</exception>
    public int Mine(int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxMined);
        return Change(state =>
        {
            for (var i = 0; i < count; i++)
                MineNow(state);
            return state.Tip.Height;
        });
    }

    /// <summary>
    /// Replaces the last blocks by others, one more, as if another miner had found them: their transactions are in the new blocks, as far as
    /// they remain valid. Peers announce the new blocks.
    /// </summary>
    /// <param name="depth">The number of blocks to replace, from 1 to <see cref="Height"/>.</param>
    /// <returns>The height of the last new block.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="depth"/> is out of its range.</exception>
    public int Reorganize(int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return Change(state =>
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, state.Tip.Height);
            state.Rewind(depth);
            _fork = state.Tip.Height;
            for (var i = 0; i <= depth; i++)
                MineNow(state);
            return state.Tip.Height;
        });
    }

    /// <summary>Pays coins of the chain to a script. Peers announce the transaction, and the next block has it.</summary>
    /// <param name="script">The output script (scriptPubKey), from 1 to 10,000 bytes.</param>
    /// <param name="satoshis">The value. At least 1.</param>
    /// <returns>The hash of the transaction (txid), in its order on the wire.</returns>
    /// <exception cref="ArgumentException">The script is too short or too long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    /// <exception cref="InvalidOperationException">
    /// The chain has no coins of that value. Coins can be spent 100 blocks after they were mined.
    /// </exception>
    public ReadOnlyMemory<byte> Pay(ReadOnlySpan<byte> script, long satoshis)
    {
        if (script.Length is < 1 or > 10_000)
            throw new ArgumentException(Invariant($"The script has {script.Length} bytes; it must have 1 to 10,000."), nameof(script));
        ArgumentOutOfRangeException.ThrowIfLessThan(satoshis, 1);
        var copy = script.ToArray();
        return Change(state =>
        {
            var payment = state.Pay(copy, satoshis)
                ?? throw new InvalidOperationException(Invariant($"The chain has no coins of {satoshis} satoshis at height {state.Tip.Height}. Mine more blocks, or pay less."));
            Tell(payment);
            return payment.Id.ToArray();
        });
    }

    /// <summary>
    /// Submits a transaction, as a message <c>tx</c> to a peer does: peers announce it, and the next block has it. It must spend outputs that
    /// exist and have the value. Scripts, signatures and lock times are not verified.
    /// </summary>
    /// <param name="transaction">The transaction, at most 400,000 bytes.</param>
    /// <param name="reason">The reason why it was refused; null when it was accepted.</param>
    /// <returns>True when it was accepted, now or before.</returns>
    public bool TrySubmit(ReadOnlySpan<byte> transaction, [NotNullWhen(false)] out string? reason)
    {
        reason = ChainTransaction.TryParse(transaction, out var parsed) ? Submit(parsed) : "The bytes are not a transaction.";
        return reason is null;
    }

    /// <summary>Submits a transaction that was read.</summary>
    /// <returns>The reason why it was refused; null when it was accepted.</returns>
    internal string? Submit(ChainTransaction transaction) => Change(state =>
    {
        if (state.TryGetWaiting(transaction.WitnessId, out _))
            return null;
        if (state.Add(transaction) is { } fault)
            return $"The transaction is not valid: {fault}.";
        Tell(transaction);
        return null;
    });

    /// <summary>Calls a function with the chain as it is now.</summary>
    internal T Read<T>(Func<ChainState, T> read)
    {
        lock (_lock)
        {
            var tip = _state.Tip;
            Grow();
            if (tip != _state.Tip)
                Signal();
            return read(_state);
        }
    }

    /// <summary>Gets the position of a peer that knows everything.</summary>
    internal ChainPosition GetPosition() => Read(state => new ChainPosition(state.Tip, _newsCount));

    /// <summary>Gets the news since a position.</summary>
    internal (ChainBlock[] Blocks, ChainTransaction[] Transactions) GetNews(ChainPosition position) => Read(state =>
    {
        var known = state.TryGetHeight(position.Tip.Hash, out var height) ? height : Math.Min(_fork, position.Tip.Height);
        return (state.Blocks.Skip(known + 1).ToArray(), _news.Skip((int)Math.Max(0, _news.Count - (_newsCount - position.Transactions))).ToArray());
    });

    /// <summary>Gets the time until a block that came at some time has spread; zero if it has.</summary>
    internal TimeSpan GetWait(TimeSpan mined, TimeSpan propagation)
    {
        var wait = mined + propagation - Elapsed;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>Waits until there is something new, and a block that came by time has spread. Returns early, without an exception, when it is cancelled.</summary>
    internal async Task WaitForNewsAsync(ChainPosition position, TimeSpan propagation, CancellationToken cancellationToken)
    {
        Task changed;
        TimeSpan wait;
        lock (_lock)
        {
            if (position != new ChainPosition(_state.Tip, _newsCount))
                return;
            changed = _changed.Task;
            wait = GetWait(_interval * (_grown + 1), propagation);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(wait, _time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

    private ChainBlock Get(int height) => Read(state => height >= 0 && height <= state.Tip.Height
        ? state.Blocks[height]
        : throw new ArgumentOutOfRangeException(nameof(height), height, Invariant($"The height must be from 0 to {state.Tip.Height}.")));

    private T Change<T>(Func<ChainState, T> change) => Read(state =>
    {
        try
        {
            return change(state);
        }
        finally
        {
            Signal();
        }
    });

    /// <summary>Mines the blocks whose time has come. After a jump of the clock, most are left out.</summary>
    private void Grow()
    {
        var due = (long)(Elapsed / _interval);
        for (_grown = Math.Max(_grown, due - MaxMined); _grown < due;)
        {
            var mined = _interval * ++_grown;
            _state.Mine((_startTime + mined).ToUnixTimeSeconds(), mined);
        }
    }

    private void MineNow(ChainState state) => state.Mine(_time.GetUtcNow().ToUnixTimeSeconds(), Elapsed);

    private void Tell(ChainTransaction transaction)
    {
        _news.Enqueue(transaction);
        _newsCount++;
        if (_news.Count > MaxNews)
            _news.Dequeue();
    }

    /// <summary>Wakes who waits. They continue elsewhere, not under the lock.</summary>
    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The position of a peer in the news of the chain.</summary>
/// <param name="Tip">The last block.</param>
/// <param name="Transactions">The number of transactions, since the beginning.</param>
internal sealed record ChainPosition(ChainBlock Tip, long Transactions);
