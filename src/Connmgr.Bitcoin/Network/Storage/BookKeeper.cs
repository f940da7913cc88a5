using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Writes the book and the anchors while the network runs, and when it ends.</summary>
internal sealed class BookKeeper(NetworkStore store, AddressBook book, OutboundPeers peers, bool keepsAnchors, TimeProvider time, ILogger logger)
{
    /// <summary>A peer that crashes us does so before it is written down as an anchor.</summary>
    private static readonly TimeSpan AnchorAge = TimeSpan.FromMinutes(1);

    /// <summary>After that time a crash is not the anchors' doing.</summary>
    private static readonly TimeSpan AcquittalAge = TimeSpan.FromMinutes(10);

    private readonly long _startedAt = time.GetTimestamp();
    private bool _isAcquitted;
    private long _savedAt; // Ticks of UTC, 0 for never: read by others meanwhile.

    /// <summary>When the book was last written; null: not by this. From any thread.</summary>
    public DateTimeOffset? SavedAt => Volatile.Read(ref _savedAt) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Writes what is due until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var rule = new SaveRule(TimeSpan.Zero, book.CountOf(), book.CountOf(tables: AddressTables.Tried));
        while (true)
        {
            await Task.Delay(rule.NextWait(), time, cancellationToken).ConfigureAwait(false);
            await TryAsync(() => LookAsync(rule)).ConfigureAwait(false);
        }
    }

    /// <summary>Writes everything at the end.</summary>
    public Task FinishAsync() => TryAsync(async () =>
    {
        await SaveBookAsync().ConfigureAwait(false);
        if (keepsAnchors)
            await store.SaveAnchorsAsync(peers.Anchors(DateTimeOffset.MaxValue)).ConfigureAwait(false);
        store.MarkClean();
    });

    private async Task LookAsync(SaveRule rule)
    {
        var now = time.GetElapsedTime(_startedAt);
        var (addresses, tried) = (book.CountOf(), book.CountOf(tables: AddressTables.Tried));
        if (rule.IsDue(now, addresses, tried))
        {
            await SaveBookAsync().ConfigureAwait(false);
            rule.Saved(now, addresses, tried);
        }

        if (!keepsAnchors)
            return;
        await store.JournalAnchorsAsync(peers.Anchors(time.GetUtcNow() - AnchorAge)).ConfigureAwait(false);
        if (_isAcquitted || now < AcquittalAge)
            return;
        await store.AcquitAnchorsAsync().ConfigureAwait(false);
        _isAcquitted = true;
    }

    private async Task SaveBookAsync()
    {
        await store.SaveBookAsync(book).ConfigureAwait(false);
        Volatile.Write(ref _savedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>A full disk must not end anything; the next look tries again.</summary>
    private async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NetworkLog.NotSaved(logger, exception);
        }
    }
}
