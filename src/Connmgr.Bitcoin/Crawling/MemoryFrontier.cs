using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A frontier in the memory of one process: about 100 bytes for each address, and its record. All calls complete at once. Changes of the
/// system's clock do not affect it. Thread-safe.
/// </summary>
public sealed class MemoryFrontier : IFrontier
{
    private const int RecordsAtOnce = 256;

    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock;
    private readonly long _origin; // The time at which the clock was at zero.
    private readonly FrontierTable _table; // Under the lock.

    /// <summary>Creates a frontier without addresses, in its first round.</summary>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentException">Options are missing or out of range; the message names each of them.</exception>
    public MemoryFrontier(FrontierOptions? options = null)
    {
        options ??= new();
        OptionsErrors.ThrowIfAny(options);
        Options = options.Copy();
        _clock = new(options.TimeProvider);
        _origin = options.TimeProvider.GetUtcNow().UtcTicks;
        _table = new(Options, _origin);
    }

    /// <inheritdoc/>
    public TimeSpan LeasePeriod => Options.LeasePeriod;

    /// <summary>The options.</summary>
    internal FrontierOptions Options { get; }

    private long Now => _origin + _clock.Now.Ticks;

    /// <inheritdoc/>
    public ValueTask<int> AddAsync(ReadOnlyMemory<PeerAddress> addresses, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return ValueTask.FromResult(_table.Add(addresses.Span));
    }

    /// <inheritdoc/>
    public ValueTask<FrontierGrant> LeaseAsync(int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return ValueTask.FromResult(_table.Lease(max, Now));
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<bool>> RenewAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var held = new bool[leases.Length];
        lock (_lock)
        {
            var now = Now;
            for (var i = 0; i < held.Length; i++)
                held[i] = _table.Renew(leases.Span[i], now);
        }

        return ValueTask.FromResult(ImmutableCollectionsMarshal.AsImmutableArray(held));
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<bool>> CompleteAsync(ReadOnlyMemory<FrontierResult> results, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (ref readonly var result in results.Span)
        {
            if (result.Record.Length > FrontierOptions.MaxRecordLength)
            {
                throw new ArgumentException(
                    Invariant($"The record of {result.Lease.EndPoint} has {result.Record.Length} bytes: use at most {FrontierOptions.MaxRecordLength}."), nameof(results));
            }
        }

        var accepted = new bool[results.Length];
        lock (_lock)
        {
            var now = Now;
            for (var i = 0; i < accepted.Length; i++)
                accepted[i] = _table.Complete(results.Span[i], now);
        }

        return ValueTask.FromResult(ImmutableCollectionsMarshal.AsImmutableArray(accepted));
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var now = Now;
            foreach (ref readonly var lease in leases.Span)
                _table.Release(lease, now);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> EndRoundAsync(long round, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return ValueTask.FromResult(_table.EndRound(round, Now));
    }

    /// <inheritdoc/>
    public ValueTask<FrontierStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var now = Now;
            _table.Expire(now);
            return ValueTask.FromResult(new FrontierStatus
            {
                Round = _table.Round,
                RoundStart = new(_table.RoundStart, TimeSpan.Zero),
                IsRoundOver = _table.IsOver(now),
                Addresses = _table.Entries.Count,
                Due = _table.Due,
                Leased = _table.Leased,
                Completed = _table.Completed,
                Reached = _table.Reached,
            });
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FrontierRecord> GetRecordsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var records = new List<FrontierRecord>(RecordsAtOnce);
        for (var slot = 0; slot >= 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            records.Clear();
            slot = Visit(slot, RecordsAtOnce, (in entry) =>
            {
                if (entry.Record is { } record)
                    records.Add(new(entry.EndPoint, record));
            });
            foreach (var record in records)
                yield return record;
        }
    }

    /// <summary>Passes some entries to a callback, under the lock.</summary>
    /// <returns>The slot to continue from; -1 after the last.</returns>
    internal int Visit(int slot, int count, EntryVisitor visitor)
    {
        lock (_lock)
        {
            var end = Math.Min(slot + count, _table.Entries.Slots);
            for (; slot < end; slot++)
            {
                ref readonly var entry = ref _table.Entries[slot];
                if (entry.Place != FrontierPlace.Free)
                    visitor(entry);
            }

            return end == _table.Entries.Slots ? -1 : end;
        }
    }

    /// <summary>Gives the table to a callback, under the lock.</summary>
    internal void Use(Action<FrontierTable> use)
    {
        lock (_lock)
            use(_table);
    }
}

/// <summary>Looks at an entry. Called under a lock.</summary>
internal delegate void EntryVisitor(in FrontierEntry entry);
