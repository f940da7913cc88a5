using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// The frontier of a crawl that is kept in its folder: read at the start, and written each minute and at the end. Without a folder it is in
/// memory alone.
/// </summary>
internal sealed class CrawlState : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly string? _path;
    private readonly ChainParameters _chain;
    private readonly TimeProvider _time;
    private readonly Action<string> _notify;
    private readonly FileStream? _lock;
    private readonly CancellationTokenSource _stop = new();
    private Task _saving = Task.CompletedTask;
    private bool _hasFailed; // Of the last save: one notice for each series of failures.

    private CrawlState(string? path, FileStream? folderLock, ChainParameters chain, MemoryFrontier frontier, TimeProvider time, Action<string> notify) =>
        (_path, _lock, _chain, Frontier, _time, _notify) = (path, folderLock, chain, frontier, time, notify);

    /// <summary>The frontier.</summary>
    public MemoryFrontier Frontier { get; }

    /// <summary>Opens the state.</summary>
    /// <param name="folder">The folder; null for none.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="options">The options of the frontier.</param>
    /// <param name="notify">Receives a sentence about what does not end the crawl.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ToolException">The folder can't be used, or another crawl uses it.</exception>
    public static async Task<CrawlState> OpenAsync(
        string? folder, ChainParameters chain, FrontierOptions options, Action<string> notify, CancellationToken cancellationToken)
    {
        if (folder is null)
            return new(null, null, chain, new(options), options.TimeProvider, notify);
        var path = Path.Combine(folder, FrontierFile.FileName);
        var taken = Lock(folder);
        try
        {
            var frontier = await LoadAsync(path, chain, options, notify, cancellationToken).ConfigureAwait(false);
            var state = new CrawlState(path, taken, chain, frontier, options.TimeProvider, notify);
            state._saving = Task.Run(state.SaveRegularlyAsync, CancellationToken.None);
            return state;
        }
        catch
        {
            await taken.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _saving.ConfigureAwait(false);
        if (_path is not null)
            await SaveAsync().ConfigureAwait(false);
        _stop.Dispose();
        if (_lock is not null)
            await _lock.DisposeAsync().ConfigureAwait(false);
    }

    internal static FileStream Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the folder '{folder}', or another crawl uses it: {exception.Message}", exception);
        }
    }

    private static async Task<MemoryFrontier> LoadAsync(
        string path, ChainParameters chain, FrontierOptions options, Action<string> notify, CancellationToken cancellationToken)
    {
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new(options);
        try
        {
            return await FrontierFile.LoadAsync(path, chain.Magic, options, cancellationToken).ConfigureAwait(false);
        }
        catch (AddressFileException problem) when (problem.Code is AddressFileErrorCode.ChecksumMismatch or AddressFileErrorCode.Malformed)
        {
            notify($"{problem.Message} It was renamed to '{AtomicFile.SetAside(path)}', and the crawl begins again.");
            return new(options);
        }
        catch (Exception exception) when (exception is AddressFileException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't continue the crawl: {exception.Message}", exception);
        }
    }

    private async Task SaveRegularlyAsync()
    {
        while (true)
        {
            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
                return;
            await SaveAsync().ConfigureAwait(false);
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            await FrontierFile.SaveAsync(Frontier, _path!, _chain.Magic, CancellationToken.None).ConfigureAwait(false);
            _hasFailed = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
                _notify($"the state of the crawl can't be saved, so it may be lost: {exception.Message}");
            _hasFailed = true;
        }
    }
}
