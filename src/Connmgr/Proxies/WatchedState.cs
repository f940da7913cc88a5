namespace Connmgr;

/// <summary>
/// The state of a controller, which others read and wait for. Changes come from one task at a time; all else is thread-safe.
/// </summary>
/// <typeparam name="T">An immutable record.</typeparam>
/// <param name="initial">The first state.</param>
/// <param name="onChanged">Called with each new state, in order, by the task that changes it; null for none.</param>
/// <param name="onCallbackFailed">Called with what <paramref name="onChanged"/> threw.</param>
internal sealed class WatchedState<T>(T initial, Action<T>? onChanged, Action<Exception> onCallbackFailed)
    where T : class, IEquatable<T>
{
    private readonly Lock _lock = new();
    private T _current = initial;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>The current state.</summary>
    public T Current
    {
        get
        {
            lock (_lock)
                return _current;
        }
    }

    /// <summary>Waits until the state is as wanted.</summary>
    /// <param name="condition">The condition. Called with the current state and with later ones, some of which may be skipped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first state seen that is so.</returns>
    public async Task<T> WaitAsync(Func<T, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            T state;
            Task changed;
            lock (_lock)
                (state, changed) = (_current, _changed.Task);
            if (condition(state))
                return state;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes the state, and reports it unless it is the same as before.</summary>
    public void Change(Func<T, T> change)
    {
        T state;
        TaskCompletionSource changed;
        lock (_lock)
        {
            state = change(_current);
            if (state.Equals(_current))
                return;
            _current = state;
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
        try
        {
            onChanged?.Invoke(state);
        }
        catch (Exception exception)
        {
            onCallbackFailed(exception);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
