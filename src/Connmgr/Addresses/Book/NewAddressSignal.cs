namespace Connmgr;

/// <summary>
/// Lets sources that found no address in a book wait for the next one. Costs a single read while no source waits. Thread-safe.
/// </summary>
internal sealed class NewAddressSignal
{
    private TaskCompletionSource? _next;

    /// <summary>Waits for the next signal. Call it before looking into the book, so that no address added after the look is missed.</summary>
    /// <returns>A task that completes at the first signal after this call.</returns>
    public Task WaitAsync()
    {
        if (Volatile.Read(ref _next) is { } awaited)
            return awaited.Task;
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _next, next, comparand: null) ?? next).Task;
    }

    public void Signal()
    {
        if (Volatile.Read(ref _next) is not null)
            Interlocked.Exchange(ref _next, null)?.TrySetResult();
    }
}
