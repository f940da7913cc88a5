using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Writes each visit as a line of JSON: into a new file for each round, and when a file is full. One task writes; a caller waits while too many
/// lines are waiting. When a file can't be written, the crawl goes on, and the lines are counted. Thread-safe.
/// </summary>
internal sealed class VisitLog : IAsyncDisposable
{
    private const int MaxWaiting = 1024;

    private readonly CrawlFolder _folder;
    private readonly CrawlFolderLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly Func<DateTimeOffset, FileStream> _create;
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Task _writing;

    // The task's own. Unflushed is the number of lines that the system may not have yet, the one that is being written included.
    private FileStream? _file;
    private long _round;
    private int _unflushed;

    // The number of lines that were lost since the last TakeFailure, and the reason.
    private int _lost;
    private string? _reason;

    /// <param name="folder">The folder.</param>
    /// <param name="limits">The limits of what it keeps.</param>
    /// <param name="timeProvider">The clock that names the files.</param>
    /// <param name="create">Creates a file; null for one in the folder. For tests.</param>
    public VisitLog(CrawlFolder folder, CrawlFolderLimits limits, TimeProvider timeProvider, Func<DateTimeOffset, FileStream>? create = null)
    {
        (_folder, _limits, _timeProvider, _create) = (folder, limits, timeProvider, create ?? folder.CreateVisits);
        _writing = Task.Run(RunAsync);
    }

    /// <summary>Writes a visit.</summary>
    /// <param name="visit">The visit.</param>
    /// <param name="cancellationToken">Cancels the wait for room. The visit is not written then.</param>
    /// <exception cref="ChannelClosedException">A fault of the program has ended the writing.</exception>
    public ValueTask AddAsync(CrawlVisit visit, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(VisitItem.From(visit), CrawlJson.Default.VisitItem);
        return _entries.Writer.WriteAsync(new Entry(visit.Round, [.. line, (byte)'\n'], End: null), cancellationToken);
    }

    /// <summary>Ends the file of a round, and waits until the visits before are written or lost. Those that follow go into a new file.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The visits that could not be written since the last call, in a sentence; null when there are none.</returns>
    /// <exception cref="ChannelClosedException">A fault of the program has ended the writing.</exception>
    public async Task<string?> EndRoundAsync(CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _entries.Writer.WriteAsync(new Entry(Round: 0, Line: null, end), cancellationToken).ConfigureAwait(false);
        await end.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return TakeFailure();
    }

    /// <summary>Writes what is waiting, and ends.</summary>
    /// <returns>The visits that could not be written since the last <see cref="EndRoundAsync"/>, in a sentence; null when there are none.</returns>
    public async Task<string?> CloseAsync()
    {
        _entries.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        return TakeFailure();
    }

    /// <summary>Writes what is waiting, and ends.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private string? TakeFailure()
    {
        var lost = Interlocked.Exchange(ref _lost, 0);
        return lost == 0 ? null : $"{lost} visits could not be written: {Volatile.Read(ref _reason)}";
    }

    /// <summary>Writes until the end, without an exception: one that is not of a file ends the writing, and then every call throws it.</summary>
    private async Task RunAsync()
    {
        try
        {
            await foreach (var entry in _entries.Reader.ReadAllAsync().ConfigureAwait(false))
                await HandleAsync(entry).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            _entries.Writer.TryComplete(fault);
            AddLoss(1, fault);
            while (_entries.Reader.TryRead(out var entry))
            {
                AddLoss(entry.Line is null ? 0 : 1, fault);
                entry.End?.TrySetException(new ChannelClosedException(fault));
            }
        }

        await EndFileAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(Entry entry)
    {
        try
        {
            if (entry.Line is { } line)
                await WriteAsync(entry.Round, line).ConfigureAwait(false);
            else
                await EndFileAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            AddLoss(_unflushed, exception);
            _unflushed = 0;
            await EndFileAsync().ConfigureAwait(false); // The next line must not continue one that was cut off.
        }
        catch (Exception fault)
        {
            entry.End?.TrySetException(new ChannelClosedException(fault));
            throw;
        }

        entry.End?.TrySetResult();
    }

    private async Task WriteAsync(long round, byte[] line)
    {
        // The rounds of a fleet may be ended by another process.
        if (_file is not null && (round != _round || _file.Position + line.Length > _limits.MaxVisitFileBytes))
            await EndFileAsync().ConfigureAwait(false);
        _unflushed++;
        if (_file is null)
        {
            (_file, _round) = (_create(_timeProvider.GetUtcNow()), round);
            _folder.Prune(_limits);
        }

        await _file.WriteAsync(line).ConfigureAwait(false);
        if (_entries.Reader.Count > 0)
            return;
        await _file.FlushAsync().ConfigureAwait(false); // For those who follow the file.
        _unflushed = 0;
    }

    private async Task EndFileAsync()
    {
        if (_file is not { } file)
            return;
        _file = null;
        try
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            AddLoss(_unflushed, exception);
        }

        _unflushed = 0;
    }

    private void AddLoss(int lines, Exception exception)
    {
        if (lines == 0)
            return;
        Volatile.Write(ref _reason, exception.Message);
        Interlocked.Add(ref _lost, lines);
    }

    /// <summary>A line, or the end of a round, that waits for the task.</summary>
    /// <param name="Round">The round of the visit.</param>
    /// <param name="Line">The line; null for the end of a round.</param>
    /// <param name="End">The source that the end of a round completes.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(long Round, byte[]? Line, TaskCompletionSource? End);
}
