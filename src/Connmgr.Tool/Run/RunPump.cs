using System.Collections.Immutable;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Passes the events of a network to an output, one at a time, and ends the run when it is due. The manager never waits for it.</summary>
/// <param name="context">The context of the run.</param>
/// <param name="network">The network.</param>
/// <param name="info">The facts about the run that are known at its start.</param>
/// <param name="output">Receives the events.</param>
/// <param name="started">Completed once the network has opened its files.</param>
internal sealed class RunPump(RunContext context, PeerNetwork network, RunInfo info, IRunOutput output, TaskCompletionSource started)
{
    private readonly RunOptions _options = context.Options;
    private readonly TimeProvider _timeProvider = context.TimeProvider;
    private readonly ChannelReader<Action<IRunOutput>> _news = context.News.Reader;
    private readonly RunTally _tally = new();
    private readonly TaskCompletionSource<RunEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool> _nextEvent = Task.FromResult(false);
    private TimeSpan? _timeToFull;
    private bool _isFullReported;
    private long _startedAt;

    private ConnectionManager Manager => network.Connections;

    /// <summary>Starts the network, runs until the end, and stops the network.</summary>
    /// <param name="stop">Ends the run.</param>
    /// <returns>The summary of the run.</returns>
    public async Task<RunSummary> RunAsync(CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout ?? Timeout.InfiniteTimeSpan, _timeProvider);
        using var interrupted = stop.UnsafeRegister(_ => _end.TrySetResult(RunEnd.Interrupted), state: null);
        using var timedOut = deadline.Token.UnsafeRegister(_ => _end.TrySetResult(RunEnd.TimedOut), state: null);
        using var watching = new CancellationTokenSource();
        var events = Manager.WatchAsync(watching.Token).GetAsyncEnumerator(CancellationToken.None);
        _nextEvent = events.MoveNextAsync().AsTask(); // Watch from here on, so that no event of StartAsync is missed.
        try
        {
            _startedAt = _timeProvider.GetTimestamp();
            output.Start(_timeProvider.GetUtcNow(), info);
            await StartAsync().ConfigureAwait(false);
            await RefreshAsync().ConfigureAwait(false);
            await NoteFullAsync().ConfigureAwait(false);
            ReportFull();
            var (end, missing) = await PumpAsync(events).ConfigureAwait(false);
            await network.StopAsync(CancellationToken.None).ConfigureAwait(false);
            ReportNews();
            var statistics = network.GetStatistics();
            foreach (var lost in statistics.LostChanges)
                output.Notice(_timeProvider.GetUtcNow(), lost);
            var summary = new RunSummary(_timeProvider.GetUtcNow(), info.Network, end, _tally, Elapsed, _timeToFull, missing, statistics);
            output.Summarize(summary);
            return summary;
        }
        finally
        {
            // An enumerator must not be disposed while it moves.
            await watching.CancelAsync().ConfigureAwait(false);
            await ((Task)_nextEvent).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts the network. Problems with the files are reported; an error that makes them unusable ends the run.</summary>
    private async Task StartAsync()
    {
        try
        {
            await network.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (FileDescriptorLimitException exception)
        {
            throw new ToolException($"{exception.Message} Or lower --target.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the data directory '{_options.DataDirectory}': {exception.Message}", exception);
        }

        started.TrySetResult();
        foreach (var problem in network.GetStatistics().Problems)
            output.Notice(_timeProvider.GetUtcNow(), problem);
        if (_options.FindInboundProblem() is { } inbound)
            output.Notice(_timeProvider.GetUtcNow(), inbound);
    }

    private TimeSpan Elapsed => _timeProvider.GetElapsedTime(_startedAt);

    /// <returns>The reason of the end, and the peers that were missing then.</returns>
    private async Task<(RunEnd End, ImmutableArray<string> Missing)> PumpAsync(IAsyncEnumerator<ConnectionEvent> events)
    {
        using var timer = new PeriodicTimer(output.RefreshInterval, _timeProvider);
        var nextTick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
        var nextNews = _news.WaitToReadAsync(CancellationToken.None).AsTask();
        (RunEnd End, ImmutableArray<string> Missing)? ended = null;
        while (true)
        {
            Task endOrEvent = ended is null ? _end.Task : _nextEvent;
            await Task.WhenAny(_nextEvent, nextTick, nextNews, endOrEvent).ConfigureAwait(false);
            if (nextNews.IsCompleted)
            {
                ReportNews();
                nextNews = _news.WaitToReadAsync(CancellationToken.None).AsTask();
            }

            if (nextTick.IsCompleted)
            {
                nextTick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
                await RefreshAsync().ConfigureAwait(false);
            }

            if (_nextEvent.IsCompleted)
            {
                if (!await _nextEvent.ConfigureAwait(false))
                    break;
                await TakeAsync(events.Current).ConfigureAwait(false);
                _nextEvent = events.MoveNextAsync().AsTask();
            }

            ReportFull();

            if (ended is null && _end.Task.IsCompleted)
            {
                var end = await _end.Task.ConfigureAwait(false);
                ended = (end, await MissingAsync(end).ConfigureAwait(false));
                output.Stopping(_timeProvider.GetUtcNow(), end);
                Manager.RequestStop();
            }
        }

        return ended ?? throw new InvalidOperationException("The connection manager stopped unexpectedly.");
    }

    private async Task RefreshAsync()
    {
        var snapshot = await Manager.GetSnapshotAsync(CancellationToken.None).ConfigureAwait(false);
        output.Refresh(snapshot, RunFacts.From(network, snapshot), _tally);
    }

    private void ReportNews()
    {
        while (_news.TryRead(out var tell))
            tell(output);
    }

    private async Task TakeAsync(ConnectionEvent happened)
    {
        _tally.Add(happened);
        output.Write(happened);
        if (happened is ConnectionEstablished or EventsDropped)
            await NoteFullAsync().ConfigureAwait(false);
    }

    private async Task NoteFullAsync()
    {
        if (_timeToFull is not null || _end.Task.IsCompleted)
            return;
        var snapshot = await Manager.GetSnapshotAsync(CancellationToken.None).ConfigureAwait(false);
        if (snapshot.IsFull)
            _timeToFull = Elapsed;
    }

    /// <summary>Reports that the run is full, once all events that led to it are reported.</summary>
    private void ReportFull()
    {
        if (_timeToFull is not { } afterStart || _isFullReported || _nextEvent.IsCompleted)
            return;
        _isFullReported = true;
        output.Full(_timeProvider.GetUtcNow(), afterStart);
        if (_options.UntilFull)
            _end.TrySetResult(RunEnd.Full);
    }

    private async Task<ImmutableArray<string>> MissingAsync(RunEnd end)
    {
        if (!_options.UntilFull || end == RunEnd.Full)
            return [];
        var snapshot = await Manager.GetSnapshotAsync(CancellationToken.None).ConfigureAwait(false);
        return MissingPeers.Find(snapshot, network.GetShortage(snapshot), _tally);
    }
}
