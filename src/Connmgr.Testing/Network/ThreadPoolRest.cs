namespace Connmgr.Testing;

/// <summary>Waits until no thread of the pool runs. Called on threads that are not of the pool.</summary>
internal static class ThreadPoolRest
{
    private static volatile bool s_isCounted;

    /// <summary>Waits until no work is queued and none runs.</summary>
    /// <param name="timeout">The real time after which it gives up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static void Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EnsureCounted();
        var start = TimeProvider.System.GetTimestamp();
        var spin = new SpinWait();
        while (!IsAtRest())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    Invariant($"Threads of the pool were still running after {timeout}. Look for code that blocks or never rests, and run this test while no other does."));
            }

            spin.SpinOnce(); // It yields, and then sleeps.
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Determines whether the pool is at rest. The queue comes first: work that this thread has queued is either still there, or in the hands
    /// of a thread that counts as running from before it takes the work until it finds no more.
    /// </summary>
    private static bool IsAtRest() => ThreadPool.PendingWorkItemCount == 0 && CountRunning() == 0;

    private static int CountRunning()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return all - available;
    }

    /// <summary>Checks once that the runtime counts threads that run; one on the pool of Windows does not.</summary>
    private static void EnsureCounted()
    {
        if (s_isCounted)
            return;
        var count = -1;
        ThreadPool.UnsafeQueueUserWorkItem(_ => Volatile.Write(ref count, CountRunning()), state: null);
        SpinWait.SpinUntil(() => Volatile.Read(ref count) >= 0);
        if (count == 0)
            throw new PlatformNotSupportedException("The runtime does not count the threads of its pool that run; leave UseWindowsThreadPool off.");
        s_isCounted = true;
    }
}
