namespace Connmgr.Bitcoin;

/// <summary>
/// Ends the connection of a lease so that others get memory: its handshake, and after that its conversation. Thread-safe.
/// </summary>
/// <param name="handshake">The source of the token of the handshake.</param>
internal sealed class MemoryHolder(CancellationTokenSource handshake)
{
    private readonly Lock _lock = new();
    private Action? _close; // Null until the handshake is done. Guarded by _lock.
    private bool _wasClosed; // Guarded by _lock.

    /// <summary>True when the connection had to end.</summary>
    public bool WasClosed
    {
        get
        {
            lock (_lock)
                return _wasClosed;
        }
    }

    /// <summary>Ends the connection. Does not block and runs no user code.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _wasClosed = true;
            if (_close is not null)
                _close();
            else
                _ = handshake.CancelAsync(); // Runs the callbacks on the thread pool, and waits for nothing.
        }
    }

    /// <summary>Ends the conversation instead from now on. If the handshake had to end, this ends the conversation.</summary>
    /// <param name="close">The callback that ends it. Called under a lock: it must not block or run user code.</param>
    public void HandOver(Action close)
    {
        lock (_lock)
        {
            _close = close;
            if (_wasClosed)
                close();
        }
    }
}
