namespace Connmgr.Bitcoin;

/// <summary>
/// The end of a peer: its first reason, and the cancellation of everything that runs for it. Runs no user code on the calling thread.
/// Thread-safe.
/// </summary>
/// <param name="lifetime">The source of the token under which everything runs.</param>
internal sealed class PeerEnd(CancellationTokenSource lifetime)
{
    private readonly Lock _lock = new();
    private Task? _ending; // The cancellation; null before the end. Guarded by _lock.
    private Exception? _reason; // Guarded by _lock.
    private DisconnectReason? _outcome; // Set with the reason. Guarded by _lock.

    /// <summary>A token that is cancelled at the end.</summary>
    public CancellationToken Token { get; } = lifetime.Token;

    /// <summary>True once the end has begun.</summary>
    public bool HasBegun => lifetime.IsCancellationRequested;

    /// <summary>The reason; null before the end.</summary>
    public Exception? Reason
    {
        get
        {
            lock (_lock)
                return _reason;
        }
    }

    /// <summary>The reason of an orderly end, which is no failure; null for a failure and before the end.</summary>
    public DisconnectReason? Outcome
    {
        get
        {
            lock (_lock)
                return _outcome;
        }
    }

    /// <summary>Ends the peer, unless it has ended already.</summary>
    /// <param name="reason">The reason. Only the first one counts.</param>
    /// <returns>A task that completes when all callbacks of the token have run.</returns>
    public Task EndAsync(Exception reason) => EndAsync(reason, outcome: null);

    /// <summary>Ends the peer, unless it has ended already.</summary>
    /// <param name="reason">The reason. Only the first one counts.</param>
    /// <param name="outcome">The reason in other words, for an orderly end; null for a failure.</param>
    /// <returns>A task that completes when all callbacks of the token have run.</returns>
    public Task EndAsync(Exception reason, DisconnectReason? outcome)
    {
        lock (_lock)
        {
            if (_reason is null)
                (_reason, _outcome) = (reason, outcome);
            return _ending ??= lifetime.CancelAsync(); // Runs the callbacks on the thread pool.
        }
    }
}
