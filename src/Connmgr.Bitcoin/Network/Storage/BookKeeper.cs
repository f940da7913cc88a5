using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Writes the book, the anchors and the quarantine while the network runs, and when it ends.</summary>
internal sealed class BookKeeper(NetworkStore store, NetworkState state, bool keepsAnchors, ILogger logger)
{
    /// <summary>The age from which on a peer is saved as an anchor. A peer that crashes the program does so earlier.</summary>
    private static readonly TimeSpan AnchorAge = TimeSpan.FromMinutes(1);

    /// <summary>The time after which the anchors are not blamed for a crash.</summary>
    private static readonly TimeSpan AcquittalAge = TimeSpan.FromMinutes(10);

    private readonly AddressBook _book = state.Book;
    private readonly MonotonicClock _clock = new(state.Time);
    private bool _isAcquitted; // True once the anchors are cleared of suspicion.
    private long _savedAt; // UTC ticks, 0 before the first save. Read by any thread.

    /// <summary>The last time at which the book was written; null before the first. Thread-safe.</summary>
    public DateTimeOffset? SavedAt => Volatile.Read(ref _savedAt) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Writes what is due until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var rule = new SaveRule(TimeSpan.Zero, _book.GetCount(), _book.GetCount(tables: AddressTables.Tried));
        while (true)
        {
            await Task.Delay(rule.GetNextWait(), state.Time, cancellationToken).ConfigureAwait(false);
            await TryAsync(() => SaveDueAsync(rule)).ConfigureAwait(false);
        }
    }

    /// <summary>Writes everything at the end. A failure to write one file does not affect the others.</summary>
    /// <returns>The data that could not be written and is lost, in sentences.</returns>
    public async Task<ImmutableArray<string>> FinishAsync()
    {
        var since = SavedAt is { } saved
            ? string.Create(CultureInfo.InvariantCulture, $"since {saved.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            : "since the start";
        var lost = ImmutableArray.CreateBuilder<string>();
        await FinishAsync($"Changes of the address book {since} are lost", SaveBookAsync, lost).ConfigureAwait(false);
        if (keepsAnchors)
        {
            var anchors = state.Outbound.GetAnchors(DateTimeOffset.MaxValue, state.Groups.HasBlockRelay);
            await FinishAsync("The anchors for the next start are lost", () => store.SaveAnchorsAsync(anchors), lost).ConfigureAwait(false);
        }

        await FinishAsync(
            "The latest changes of the quarantine are lost", () => store.SaveQuarantineAsync(state.Quarantine), lost).ConfigureAwait(false);
        await FinishAsync("The next start will count this end as a crash", MarkCleanAsync, lost).ConfigureAwait(false);
        return lost.DrainToImmutable();

        Task MarkCleanAsync()
        {
            store.MarkClean();
            return Task.CompletedTask;
        }
    }

    private async Task FinishAsync(string consequence, Func<Task> write, ImmutableArray<string>.Builder lost)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NetworkLog.Lost(logger, exception, consequence);
            lost.Add($"{consequence}: {exception.Message}");
        }
    }

    private async Task SaveDueAsync(SaveRule rule)
    {
        var now = _clock.Now;
        var (addresses, tried) = (_book.GetCount(), _book.GetCount(tables: AddressTables.Tried));
        if (rule.IsDue(now, addresses, tried))
        {
            await SaveBookAsync().ConfigureAwait(false);
            rule.MarkSaved(now, addresses, tried);
        }

        await store.SaveQuarantineAsync(state.Quarantine).ConfigureAwait(false);
        if (!keepsAnchors)
            return;
        await store.JournalAnchorsAsync(state.Outbound.GetAnchors(state.Time.GetUtcNow() - AnchorAge, state.Groups.HasBlockRelay)).ConfigureAwait(false);
        if (_isAcquitted || now < AcquittalAge)
            return;
        await store.AcquitAnchorsAsync().ConfigureAwait(false);
        _isAcquitted = true;
    }

    private async Task SaveBookAsync()
    {
        await store.SaveBookAsync(_book).ConfigureAwait(false);
        Volatile.Write(ref _savedAt, state.Time.GetUtcNow().UtcTicks);
    }

    /// <summary>Writes, and logs a failure, such as a full disk. The next round tries again.</summary>
    private async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NetworkLog.SaveFailed(logger, exception);
        }
    }
}
