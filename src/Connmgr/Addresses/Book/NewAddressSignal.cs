namespace Connmgr;

/// <summary>Lets those who found nothing in a book wait until something is added. Costs a read when nobody waits. Thread-safe.</summary>
internal sealed class NewAddressSignal
{
    private TaskCompletionSource? _next;

    /// <summary>The next news. Asked for before the look at the book, none that comes after the look is missed.</summary>
    /// <returns>A task that completes with the first news after this call.</returns>
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
