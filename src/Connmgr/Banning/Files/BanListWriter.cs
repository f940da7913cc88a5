using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Keeps the file of a <see cref="BanList"/> in step with it: written through on each change, changes that come while it is being written
/// or within a second of it together. A failure is logged, and tried again after 30 s. Thread-safe.
/// </summary>
public sealed partial class BanListWriter : IAsyncDisposable
{
    /// <summary>
    /// The least time between two writings that changes set off, so that hosts that get themselves banned do not keep the disk busy: 1 s. Of
    /// a list of 2,000 bans and more, whose file is written whole each time, 1 s for each thousand, a minute at most.
    /// <see cref="FlushAsync"/> does not wait.
    /// </summary>
    internal static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    /// <summary>The time after which a writing that failed is tried again: 30 s.</summary>
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

    /// <summary>Begins to watch a list. What the list has already counts as written.</summary>
    /// <param name="bans">The list.</param>
    /// <param name="path">The file; its folder must exist, and nothing else may write it.</param>
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
    /// Reads the file into a list that may be in use already (<see cref="BanListFile.OpenIntoAsync"/>), and keeps it in step from then on.
    /// No ban of either is lost: nothing is written before the file is read, and then it includes the list's additional bans.
    /// </summary>
    /// <param name="bans">The list.</param>
    /// <param name="path">The file; its folder must exist, and nothing else may write it.</param>
    /// <param name="timeProvider">The clock for the pauses; null for the system's.</param>
    /// <param name="loggerFactory">The factory of the logger for failures; null for none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The writer, and what was found in the file.</returns>
    /// <exception cref="IOException">The file is there but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
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
            // The file is not to be touched: whatever a loop of the writer waits for, it finds nothing to write.
            bans.Changed -= writer.OnChanged;
            writer.ForgetChanges();
            writer._writing.Release();
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes what is not in the file yet, now.</summary>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>Completes when all changes made before the call are on the disk.</returns>
    /// <exception cref="IOException">The file cannot be written; it is as it was, and the writing is tried again later.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
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
    /// The changes that could not be written at the end and so are lost, in a sentence with the reason; null until
    /// <see cref="DisposeAsync"/> has completed, and when all were written.
    /// </summary>
    public string? LostChanges { get; private set; }

    /// <summary>Ends the watching and writes what is not in the file yet. A failure is logged, and <see cref="LostChanges"/> has it.</summary>
    /// <returns>Completes when nothing runs any more. Further calls wait as well.</returns>
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

    /// <summary>Determines whether the loop continues. If not, the next change begins another: both under the lock, so no change is missed.</summary>
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
            // Once for failures in a row: what peers do sets writings off.
            if (!_hasFailed)
                LogFailed(_logger, _path, exception);
            _hasFailed = true;
            return false;
        }
    }
}
