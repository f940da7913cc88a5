namespace Connmgr.Bitcoin;

/// <summary>
/// Watches one operation at a time for a loop, and wakes the loop when the operation has called back. The loop may take the result only then:
/// an operation says that it is complete shortly before it calls back, and one that is taken in between, and used again, loses its callback.
/// </summary>
/// <param name="wake">The signal that wakes the loop.</param>
internal sealed class CompletionWatch(LoopSignal wake)
{
    private Action? _callBack;
    private volatile bool _hasCalledBack;

    /// <summary>True once the operation that is watched has called back.</summary>
    public bool HasCalledBack => _hasCalledBack;

    /// <summary>Watches an operation that has not been complete until now.</summary>
    public void Watch(in ValueTask operation)
    {
        _hasCalledBack = false;
        operation.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_callBack ??= CallBack);
    }

    /// <summary>Watches an operation that has not been complete until now.</summary>
    public void Watch<TResult>(in ValueTask<TResult> operation)
    {
        _hasCalledBack = false;
        operation.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_callBack ??= CallBack);
    }

    private void CallBack()
    {
        _hasCalledBack = true;
        wake.Set();
    }
}
