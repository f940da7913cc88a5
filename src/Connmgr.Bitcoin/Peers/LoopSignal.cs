using System.Threading.Tasks.Sources;

namespace Connmgr.Bitcoin;

/// <summary>
/// Wakes a loop that waits for several things at once. A signal that comes before the wait is kept; several count as one. One waiter;
/// <see cref="Set"/> is thread-safe. Neither allocates.
/// </summary>
internal sealed class LoopSignal : IValueTaskSource
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isAwaited;

    /// <summary>Wakes the loop. Its work does not run on the calling thread.</summary>
    public void Set()
    {
        lock (_lock)
        {
            if (!_isAwaited)
            {
                _isSet = true;
                return;
            }

            _isAwaited = false;
        }

        _core.SetResult(true);
    }

    /// <summary>Waits for the next signal.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return default;
            }

            _isAwaited = true;
            _core.Reset();
            return new(this, _core.Version);
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
