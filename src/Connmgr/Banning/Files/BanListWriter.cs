using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Keeps the file of a <see cref="BanList"/> up to date: writes it on each change, and combines the changes during a write or within
/// <see cref="SaveInterval"/> after it. Logs a failure and tries again after <see cref="RetryDuration"/>. Thread-safe.
/// </summary>
public sealed partial class BanListWriter : IAsyncDisposable
{
    /// <summary>
    /// The minimum time between two writes of changes, so that hosts that get themselves banned do not keep the disk busy: 1 s. For a list
    /// of 2,000 bans or more, whose file is written as a whole each time, 1 s per thousand bans, at most a minute. <see cref="FlushAsync"/>
    /// does not wait.
    /// </summary>
    internal static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    /// <summary>The time after which a failed write is tried again: 30 s.</summary>
    internal static readonly TimeSpan RetryDuration = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing;
    private readonly CancellationTokenSource _disposing = new();
    private readonly BanList _bans;
    private readonly string _path;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    // Guarded by _lock: the number of changes, of those that are in the file, the loop that writes them.
    private long _changes;
    private long _written;
    private Task _loop = Task.CompletedTask;
    private Task? _disposal;

    private volatile bool _hasFailed;

    /// <summary>Begins to watch a list. The bans that are already in the list count as written.</summary>
    /// <param name="bans">The list.</param>
    /// <param name="path">The path of the file. Its folder must exist, and nothing else may write to it.</param>
    /// <param name="timeProvider">The clock for the pauses; null for the system's.</param>
    /// <param name="loggerFactory">The factory of the logger for failures; null for none.</param>
    internal BanListWriter(BanList bans, string path, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
        : this(bans, path, timeProvider, loggerFactory, mayWrite: true)
    {
    }

    private BanListWriter(BanList bans, string path, TimeProvider? timeProvider, ILoggerFactory? loggerFactory, bool mayWrite)
    {
        ArgumentNullException.ThrowIfNull(bans);
        ArgumentException.ThrowIfNullOrEmpty(path);
        _bans = bans;
        _path = path;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _logger = GuardedLogger.Create<BanListWriter>(loggerFactory, _timeProvider);
        _writing = new SemaphoreSlim(mayWrite ? 1 : 0);
        bans.Changed += OnChanged;
    }

    /// <summary>
    /// Reads the file into a list that may already be in use (<see cref="BanListFile.OpenIntoAsync"/>), and keeps it up to date from then
    /// on. No ban of either is lost: nothing is written before the file is read, and then the file gets the list's additional bans.
    /// </summary>
    /// <param name="bans">The list.</param>
    /// <param name="path">The path of the file. Its folder must exist, and nothing else may write to it.</param>
    /// <param name="timeProvider">The clock for the pauses; null for the system's.</param>
    /// <param name="loggerFactory">The factory of the logger for failures; null for none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The writer, and the content of the file.</returns>
    /// <exception cref="IOException">The file exists but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<(BanListWriter Writer, LoadedBanList Loaded)> OpenAsync(
        BanList bans,
        string path,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        CancellationToken cancellationToken = default)
    {
        var writer = new BanListWriter(bans, path, timeProvider, loggerFactory, mayWrite: false);
        try
        {
            var hadBans = bans.Count > 0;
            var loaded = await BanListFile.OpenIntoAsync(bans, path, cancellationToken).ConfigureAwait(false);
            if (hadBans)
                writer.NoteChange();
            writer._writing.Release();
            return (writer, loaded);
        }
        catch
        {
            // The file must not change: a loop of the writer that is still waiting finds nothing to write.
            bans.Changed -= writer.OnChanged;
            writer.ForgetChanges();
            writer._writing.Release();
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes all pending changes now.</summary>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that completes when all changes made before the call are on the disk.</returns>
    /// <exception cref="IOException">The file cannot be written; it is unchanged, and the write is tried again later.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long changes;
            lock (_lock)
            {
                if (_written == _changes)
                    return;
                changes = _changes;
            }

            await BanListFile.SaveAsync(_bans, _path, cancellationToken).ConfigureAwait(false);
            _hasFailed = false;
            lock (_lock)
                _written = Math.Max(_written, changes);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// A sentence about the changes that could not be written at the end and are lost, with the reason; null until
    /// <see cref="DisposeAsync"/> has completed, and if all were written.
    /// </summary>
    public string? LostChanges { get; private set; }

    /// <summary>Stops watching the list and writes all pending changes. Logs a failure, which is then in <see cref="LostChanges"/>.</summary>
    /// <returns>A task that completes when nothing is running any more. Further calls also wait.</returns>
    public ValueTask DisposeAsync()
    {
        _bans.Changed -= OnChanged;
        lock (_lock)
        {
            var loop = _loop;
            return new(_disposal ??= Task.Run(() => EndAsync(loop)));
        }
    }

    private async Task EndAsync(Task loop)
    {
        await _disposing.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogLost(_logger, Unwritten, _path, exception);
            LostChanges = string.Create(CultureInfo.InvariantCulture, $"Changes of the bans in '{_path}' are lost ({Unwritten}): {exception.Message}");
        }

        _disposing.Dispose();
    }

    private long Unwritten
    {
        get
        {
            lock (_lock)
                return _changes - _written;
        }
    }

    private void OnChanged(object? sender, BansChangedEventArgs change) => NoteChange();

    private void ForgetChanges()
    {
        lock (_lock)
            _written = _changes = 0;
    }

    private void NoteChange()
    {
        lock (_lock)
        {
            _changes++;
            if (_disposal is null && _loop.IsCompleted)
                _loop = Task.Run(WriteUntilDoneAsync);
        }
    }

    /// <summary>Computes the pause after writing a number of bans.</summary>
    internal static TimeSpan PauseAfter(int bans)
    {
        const int BansASecond = 1000;
        const int Longest = 60;
        return SaveInterval * Math.Clamp(bans / BansASecond, 1, Longest);
    }

    private async Task WriteUntilDoneAsync()
    {
        do
        {
            var pause = await TryFlushAsync().ConfigureAwait(false) ? PauseAfter(_bans.Count) : RetryDuration;
            await Task.Delay(pause, _timeProvider, _disposing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (HasMore());
    }

    /// <summary>
    /// Determines whether the loop continues. If not, the next change begins another one. Both happen under the lock, so no change is missed.
    /// </summary>
    private bool HasMore()
    {
        lock (_lock)
        {
            var hasMore = _written < _changes && _disposal is null;
            if (!hasMore)
                _loop = Task.CompletedTask;
            return hasMore;
        }
    }

    private async Task<bool> TryFlushAsync()
    {
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Logs the first of several failures in a row, because peers can trigger writes.
            if (!_hasFailed)
                LogFailed(_logger, _path, exception);
            _hasFailed = true;
            return false;
        }
    }
}
