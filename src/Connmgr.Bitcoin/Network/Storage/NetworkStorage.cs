using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps one network's address book, anchors, quarantine and bans in its folder: restores them at the start, saves them while the network runs, and
/// writes the rest at the end. <see cref="NetworkRuntime"/> calls the methods one after the other; the properties and
/// <see cref="FlushBansAsync"/> are thread-safe.
/// </summary>
/// <param name="files">The paths of the files.</param>
/// <param name="magic">The magic of the chain.</param>
/// <param name="state">The tables that are saved.</param>
/// <param name="keepsAnchors">True to save and restore anchors.</param>
/// <param name="loggerFactory">Creates the logger of the ban list; null for none.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class NetworkStorage(
    ChainDirectory files, ImmutableArray<byte> magic, NetworkState state, bool keepsAnchors, ILoggerFactory? loggerFactory, ILogger logger)
    : IDisposable
{
    private NetworkStore? _store;
    private BookKeeper? _keeper;
    private BanListWriter? _banWriter;

    // Written once each, at the start and at the end. Read by any thread.
    private int _anchorCount;
    private string[] _problems = [];
    private string[] _lost = [];

    /// <summary>The profile of the connections to anchors: block-relay-only if there are such; null for any.</summary>
    public string? AnchorProfile => state.Groups.HasBlockRelay ? PeerProfile.BlockRelayName : null;

    /// <summary>The number of anchors restored.</summary>
    public int AnchorCount => Volatile.Read(ref _anchorCount);

    /// <summary>The faults of files found at the start, in sentences.</summary>
    public ImmutableArray<string> Problems => [.. Volatile.Read(ref _problems)];

    /// <summary>The data that could not be written at the end, in sentences.</summary>
    public ImmutableArray<string> Lost => [.. Volatile.Read(ref _lost)];

    /// <summary>The last time at which the book was written; null before the first.</summary>
    public DateTimeOffset? BookSavedAt => Volatile.Read(ref _keeper)?.SavedAt;

    /// <summary>Locks the folder and restores book, bans and anchors. After a failure it may be called again.</summary>
    /// <returns>The anchors to dial first.</returns>
    /// <exception cref="IOException">The folder is in use, or can't be used.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public async Task<ImmutableArray<PeerAddress>> OpenAsync()
    {
        var store = await NetworkStore.OpenAsync(files, magic, state.Book, logger).ConfigureAwait(false);
        try
        {
            await store.OpenQuarantineAsync(state.Quarantine, logger).ConfigureAwait(false);
            var writer = await store.OpenBansAsync(state.Reputation.Bans, state.Time, loggerFactory, logger).ConfigureAwait(false);
            Volatile.Write(ref _banWriter, writer);
        }
        catch
        {
            store.Dispose();
            throw;
        }

        ImmutableArray<PeerAddress> anchors = keepsAnchors ? store.Anchors : [];
        Volatile.Write(ref _anchorCount, anchors.Length);
        Volatile.Write(ref _problems, [.. store.Problems]);
        NetworkLog.Opened(logger, files.Folder, state.Book.Count, store.Anchors.Length);
        Volatile.Write(ref _keeper, new BookKeeper(store, state, keepsAnchors, logger));
        _store = store;
        return anchors;
    }

    /// <summary>Saves book and anchors when they are due, until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _keeper!.RunAsync(cancellationToken);

    /// <summary>Writes the bans that are not on the disk yet.</summary>
    public Task FlushBansAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _banWriter)?.FlushAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Writes everything that is not on the disk yet. Failures are logged and noted in <see cref="Lost"/>.</summary>
    public async Task FinishAsync()
    {
        var lost = new List<string>();
        await _banWriter!.DisposeAsync().ConfigureAwait(false);
        if (_banWriter.LostChanges is { } loss)
            lost.Add(loss);
        lost.AddRange(await _keeper!.FinishAsync().ConfigureAwait(false));
        Volatile.Write(ref _lost, [.. lost]);
    }

    /// <summary>Releases the folder after a start that failed; nothing but bans is written.</summary>
    public async Task AbandonAsync()
    {
        await _banWriter!.DisposeAsync().ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Releases the folder.</summary>
    public void Dispose() => _store?.Dispose();
}
