namespace Connmgr.Fleet;

/// <summary>Wakes a loop that waits. Thread-safe.</summary>
internal sealed class WakeUp
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A task that completes at the next call of <see cref="Set"/>. Read it before looking for work, so that none is missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for a signal, or some time.</summary>
    public static async Task WaitAsync(Task next, TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(time, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is time anyway.
        }
    }
}
