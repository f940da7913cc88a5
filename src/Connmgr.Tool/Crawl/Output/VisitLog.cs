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
    private readonly Channel<byte[]?> _lines = Channel.CreateBounded<byte[]?>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Task _writing;

    // The task's own.
    private FileStream? _file;

    // The number of lines that were lost since the last TakeFailure, and the reason.
    private int _lost;
    private string? _reason;

    public VisitLog(CrawlFolder folder, CrawlFolderLimits limits, TimeProvider timeProvider)
    {
        (_folder, _limits, _timeProvider) = (folder, limits, timeProvider);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Writes a visit.</summary>
    /// <param name="visit">The visit.</param>
    /// <param name="cancellationToken">Cancels the wait for room. The visit is not written then.</param>
    public ValueTask AddAsync(CrawlVisit visit, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(VisitItem.From(visit), CrawlJson.Default.VisitItem);
        return _lines.Writer.WriteAsync([.. line, (byte)'\n'], cancellationToken);
    }

    /// <summary>Ends the file of a round. The visits that follow go into a new one.</summary>
    public ValueTask EndRoundAsync(CancellationToken cancellationToken) => _lines.Writer.WriteAsync(null, cancellationToken);

    /// <summary>Gets the visits that could not be written since the last call, in a sentence; null when there are none.</summary>
    public string? TakeFailure()
    {
        var lost = Interlocked.Exchange(ref _lost, 0);
        return lost == 0 ? null : $"{lost} visits could not be written: {Volatile.Read(ref _reason)}";
    }

    /// <summary>Writes what is waiting, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        await foreach (var line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await (line is null ? CloseAsync() : WriteAsync(line)).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Volatile.Write(ref _reason, exception.Message);
                Interlocked.Increment(ref _lost);
            }
        }

        try
        {
            await CloseAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The last buffer does not fit on the disk, and no caller is left.
        }
    }

    private async Task WriteAsync(byte[] line)
    {
        if (_file is not null && _file.Position + line.Length > _limits.MaxVisitFileBytes)
            await CloseAsync().ConfigureAwait(false);
        if (_file is null)
        {
            _file = _folder.CreateVisits(_timeProvider.GetUtcNow());
            _folder.Prune(_limits);
        }

        await _file.WriteAsync(line).ConfigureAwait(false);
        if (_lines.Reader.Count == 0)
            await _file.FlushAsync().ConfigureAwait(false); // For those who follow the file.
    }

    private async Task CloseAsync()
    {
        if (_file is not { } file)
            return;
        _file = null;
        await file.DisposeAsync().ConfigureAwait(false);
    }
}
