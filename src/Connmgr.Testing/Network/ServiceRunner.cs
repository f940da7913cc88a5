using System.Net;

namespace Connmgr.Testing;

/// <summary>Runs the services of hosts, observes how they end, and can wait until all have. Thread-safe.</summary>
internal sealed class ServiceRunner : IAsyncDisposable
{
    private const int MaxFailuresKept = 100;

    private readonly Lock _lock = new();
    private readonly NetworkCounters _counters;
    private readonly bool _inline;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource _drained;
    private readonly List<ServiceFailure> _failures = [];
    private readonly HashSet<MemoryLink> _running = [];
    private bool _disposed;

    public ServiceRunner(NetworkCounters counters, bool inline)
    {
        _counters = counters;
        _inline = inline;
        _drained = new TaskCompletionSource(inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        _stopping = _stop.Token;
    }

    /// <summary>Starts a service with the host's end of the link, which is closed when the service ends.</summary>
    public void Start(MemoryLink link, Func<Stream, CancellationToken, Task> service)
    {
        bool disposed;
        lock (_lock)
        {
            disposed = _disposed;
            if (!disposed) _running.Add(link);
        }

        if (disposed)
        {
            link.Dispose(LinkSide.Host, byUser: false);
            return;
        }

        _counters.ServiceStarted();
        var start = new ServiceStart(this, link, service);
        if (_inline) InlineCompletions.Run(start);
        else ThreadPool.UnsafeQueueUserWorkItem(static state => state.Complete(), start, preferLocal: false);
    }

    public IReadOnlyList<ServiceFailure> GetFailures()
    {
        lock (_lock) return [.. _failures];
    }

    public IReadOnlyList<MemoryLink> GetRunning()
    {
        lock (_lock) return [.. _running];
    }

    /// <summary>
    /// Cancels the services' token and waits until the last service has ended. The caller ends the links.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        BeginStop();
        await _drained.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Cancels in order and on this thread, so that a run can be repeated.</summary>
    public void BeginStop()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }

        _stop.Cancel();
        TellWhenDrained();
    }

    private async Task RunAsync(MemoryLink link, Func<Stream, CancellationToken, Task> service)
    {
        try
        {
            await service(link.Host, _stopping).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!IsExplained(link, exception)) Record(link, exception);
        }

        link.Dispose(LinkSide.Host, byUser: false);
        lock (_lock) _running.Remove(link);
        _counters.ServiceEnded();
        TellWhenDrained();
    }

    private bool IsExplained(MemoryLink link, Exception exception) =>
        exception is IOException or ObjectDisposedException or OperationCanceledException
        && (link.IsOver || _stopping.IsCancellationRequested);

    private void Record(MemoryLink link, Exception exception)
    {
        _counters.ServiceFailed();
        lock (_lock)
        {
            if (_failures.Count < MaxFailuresKept) _failures.Add(new ServiceFailure(link.Host.LocalEndPoint, exception));
        }
    }

    private void TellWhenDrained()
    {
        lock (_lock)
        {
            if (!_disposed || _running.Count > 0) return;
        }

        _drained.TrySetResult();
    }

    private sealed class ServiceStart(ServiceRunner runner, MemoryLink link, Func<Stream, CancellationToken, Task> service) : ICompletion
    {
        // The task never faults, and its end is counted and waited for by the runner.
        public void Complete() => _ = runner.RunAsync(link, service);
    }
}

/// <summary>A service of a host that threw.</summary>
/// <param name="Host">The host's address.</param>
/// <param name="Exception">The exception.</param>
public sealed record ServiceFailure(EndPoint? Host, Exception Exception);
