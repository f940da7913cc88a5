using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Starts and stops a <see cref="PeerNetwork"/>. While its connections run, the background tasks run; once they have ended, for whatever
/// reason, the background tasks are stopped and the storage is written. Thread-safe.
/// </summary>
internal sealed class NetworkRuntime
{
    private readonly Lock _lock = new();
    private readonly ConnectionManager _connections;
    private readonly NetworkStorage? _storage;
    private readonly AddressBookSource? _source;
    private readonly ImmutableArray<BackgroundTask> _tasks;
    private readonly ReputationEnforcer _enforcer;
    private readonly PeerMessaging _messaging;
    private readonly Func<IDisposable> _startMetrics;
    private readonly ILogger _logger;

    // Guarded by _lock.
    private Task? _starting; // The last attempt to start; null before the first.
    private bool _isOver; // True once the connections have ended: no attempt to start begins any more.

    // Written by the attempt that succeeds, read once it has completed.
    private Task _running = Task.CompletedTask;

    private volatile bool _wasStopCutShort;

    /// <summary>Creates the runtime of connections that have not been started.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="storage">The storage; null when nothing is kept.</param>
    /// <param name="source">Gets the anchors; null when addresses come from elsewhere.</param>
    /// <param name="tasks">The background tasks, the storage's excepted.</param>
    /// <param name="enforcer">Is disposed of at the end.</param>
    /// <param name="messaging">Is stopped when the connections stop.</param>
    /// <param name="startMetrics">Starts to measure; the result is disposed of at the end.</param>
    /// <param name="logger">The network's logger.</param>
    public NetworkRuntime(
        ConnectionManager connections,
        NetworkStorage? storage,
        AddressBookSource? source,
        ImmutableArray<BackgroundTask> tasks,
        ReputationEnforcer enforcer,
        PeerMessaging messaging,
        Func<IDisposable> startMetrics,
        ILogger logger)
    {
        _connections = connections;
        _storage = storage;
        _source = source;
        _tasks = storage is null ? tasks : tasks.Add(new("saving", storage.RunAsync));
        _enforcer = enforcer;
        _messaging = messaging;
        _startMetrics = startMetrics;
        _logger = logger;
        using (ExecutionContext.SuppressFlow()) // The task outlives the call, so it must not capture the caller's AsyncLocals.
            Completion = CompleteAsync();
    }

    /// <summary>A task that completes when everything has ended and is written.</summary>
    public Task Completion { get; }

    /// <summary>Starts the network. Has no effect when it runs; a start that failed is tried again.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Task starting;
        lock (_lock)
        {
            if (_isOver)
                throw new InvalidOperationException("The network was stopped and can't be started again. Create a new one.");
            if (_starting is null or { IsFaulted: true })
            {
                using (ExecutionContext.SuppressFlow()) // The network outlives the call, so it must not capture the caller's AsyncLocals.
                    _starting = Task.Run(StartOnceAsync, CancellationToken.None);
            }

            starting = _starting;
        }

        await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _connections.StartAsync(cancellationToken).ConfigureAwait(false); // Throws when the manager was stopped meanwhile.
    }

    /// <summary>Stops the network and waits for <see cref="Completion"/>.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _connections.StopAsync(cancellationToken).ConfigureAwait(false);
            await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _wasStopCutShort = true;
            throw;
        }
    }

    /// <summary>Stops the network and waits, unless an earlier wait was cut short by its token.</summary>
    public ValueTask DisposeAsync() => _wasStopCutShort ? ValueTask.CompletedTask : new(StopAsync(CancellationToken.None));

    private async Task CompleteAsync()
    {
        await Task.WhenAny(_connections.Stopping, _connections.Completion).ConfigureAwait(false);
        _messaging.Stop(); // Before the handlers have returned, since they may wait for a peer.
        await _connections.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task? starting;
        lock (_lock)
        {
            _isOver = true;
            starting = _starting;
        }

        if (starting is not null)
            await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _running.ConfigureAwait(false);
        await _messaging.CompleteAsync().ConfigureAwait(false);
        await _enforcer.DisposeAsync().ConfigureAwait(false); // A network that was never started has not disposed of it yet.
        await _connections.Completion.ConfigureAwait(false); // Throws when the manager ended by an internal error.
    }

    private async Task StartOnceAsync()
    {
        if (_storage is not null)
        {
            var anchors = await _storage.OpenAsync().ConfigureAwait(false);
            _source?.Prioritize(anchors, _storage.AnchorProfile);
        }

        try
        {
            await _connections.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            if (_storage is not null)
                await _storage.AbandonAsync().ConfigureAwait(false);
            throw;
        }

        _running = RunAsync();
    }

    private async Task RunAsync()
    {
        using var storage = _storage;
        using var metrics = _startMetrics();
        using var stop = new CancellationTokenSource();
        var tasks = Task.WhenAll(_tasks.Select(task => GuardAsync(task, stop.Token)));
        await _connections.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stop.CancelAsync().ConfigureAwait(false);
        await tasks.ConfigureAwait(false);
        await _enforcer.DisposeAsync().ConfigureAwait(false);
        if (storage is not null)
            await storage.FinishAsync().ConfigureAwait(false);
    }

    private async Task GuardAsync(BackgroundTask task, CancellationToken cancellationToken)
    {
        try
        {
            await task.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The network stops.
        }
        catch (Exception exception)
        {
            NetworkLog.PartFailed(_logger, exception, task.Name);
        }
    }
}

/// <summary>A task that runs while the connections run.</summary>
/// <param name="Name">The name in log messages.</param>
/// <param name="RunAsync">Runs until it has nothing left to do or is cancelled.</param>
internal sealed record BackgroundTask(string Name, Func<CancellationToken, Task> RunAsync);
