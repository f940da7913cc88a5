using System.Net;

namespace Connmgr.Testing;

/// <summary>
/// Accepts the connections to one address of a <see cref="MemoryNetwork"/>; created by <see cref="MemoryNetwork.Listen"/>. Thread-safe.
/// </summary>
public sealed class MemoryListener : IConnectionListener
{
    private readonly Lock _lock = new();
    private readonly Queue<MemoryLink> _backlog = new();
    private readonly Queue<Exception> _failures = new();
    private readonly int _maxBacklog;
    private readonly bool _inline;
    private readonly NetworkCounters _counters;
    private readonly HostDirectory _directory;
    private AcceptWait? _wait;
    private int _reserved;
    private bool _disposed;

    internal MemoryListener(EndPoint localEndPoint, int maxBacklog, bool inline, NetworkCounters counters, HostDirectory directory)
    {
        LocalEndPoint = localEndPoint;
        _maxBacklog = maxBacklog;
        _inline = inline;
        _counters = counters;
        _directory = directory;
    }

    /// <inheritdoc/>
    public EndPoint LocalEndPoint { get; }

    /// <summary>The number of connections that wait to be accepted.</summary>
    public int Pending
    {
        get
        {
            lock (_lock) return _backlog.Count;
        }
    }

    /// <summary>
    /// Waits for the next connection. One call may be under way at a time. The stream is a <see cref="MemoryNetworkStream"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the listener stays usable.</param>
    /// <returns>The host's end of the connection, for the caller to dispose.</returns>
    /// <exception cref="ObjectDisposedException">The listener was disposed, before the call or during it.</exception>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    /// <exception cref="Exception">The exception passed to <see cref="FailNextAccept"/>.</exception>
    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        AcceptWait wait;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_wait is not null)
                throw new InvalidOperationException($"An accept is already under way on {LocalEndPoint}. Await it before the next one.");
            if (_failures.TryDequeue(out var failure)) throw failure;
            if (_backlog.TryDequeue(out var link)) return HandOut(link);
            _wait = wait = new AcceptWait(_inline);
        }

        var registration = cancellationToken.UnsafeRegister((_, token) => End(wait, new OperationCanceledException(token)), state: null);
        try
        {
            return HandOut(await wait.Task.ConfigureAwait(false));
        }
        finally
        {
            registration.Unregister();
        }
    }

    /// <summary>
    /// Makes an accept fail, as it does without free file descriptors: the one under way, or else the next. Connections stay in the backlog.
    /// Several calls make as many accepts fail.
    /// </summary>
    /// <param name="exception">The exception that the accept throws.</param>
    public void FailNextAccept(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        AcceptWait? wait;
        lock (_lock)
        {
            wait = _wait;
            _wait = null;
            if (wait is null) _failures.Enqueue(exception);
        }

        wait?.End(link: null, exception);
    }

    /// <summary>
    /// Stops listening: further dials are refused, and connections that were not accepted are reset. Can be called any number of times.
    /// </summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        AcceptWait? wait;
        MemoryLink[] dropped;
        lock (_lock)
        {
            if (_disposed) return ValueTask.CompletedTask;
            _disposed = true;
            wait = _wait;
            _wait = null;
            dropped = [.. _backlog];
            _backlog.Clear();
        }

        _directory.RemoveListener(this);
        wait?.End(link: null, new ObjectDisposedException(nameof(MemoryListener)));
        foreach (var link in dropped) Drop(link);
        return ValueTask.CompletedTask;
    }

    /// <summary>Reserves a place in the backlog; false if there is none.</summary>
    internal bool TryReserve()
    {
        lock (_lock)
        {
            if (_disposed || _backlog.Count + _reserved >= _maxBacklog) return false;
            _reserved++;
            return true;
        }
    }

    /// <summary>Adds a connection in its reserved place.</summary>
    internal void Deliver(MemoryLink link)
    {
        AcceptWait? wait;
        bool disposed;
        lock (_lock)
        {
            _reserved--;
            disposed = _disposed;
            wait = _wait;
            _wait = null;
            if (wait is null && !disposed) _backlog.Enqueue(link);
        }

        if (disposed) Drop(link);
        else wait?.End(link, error: null);
    }

    private static void Drop(MemoryLink link)
    {
        link.Reset();
        link.Dispose(LinkSide.Host, byUser: false);
    }

    private MemoryNetworkStream HandOut(MemoryLink link)
    {
        _counters.Accepted();
        return link.Host;
    }

    private void End(AcceptWait wait, Exception error)
    {
        lock (_lock)
        {
            if (_wait != wait) return;
            _wait = null;
        }

        wait.End(link: null, error);
    }

    /// <summary>A waiting accept. The code that removes it from the listener's field ends it.</summary>
    private sealed class AcceptWait(bool inline) : ICompletion
    {
        private readonly TaskCompletionSource<MemoryLink> _source =
            new(inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

        private MemoryLink? _link;
        private Exception? _error;

        public Task<MemoryLink> Task => _source.Task;

        public void End(MemoryLink? link, Exception? error)
        {
            _link = link;
            _error = error;
            if (inline) InlineCompletions.Run(this);
            else Complete();
        }

        public void Complete()
        {
            if (_error is null) _source.SetResult(_link!);
            else _source.SetException(_error);
        }
    }
}
