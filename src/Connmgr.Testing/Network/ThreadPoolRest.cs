using System.Diagnostics;
using ThreadState = System.Diagnostics.ThreadState;

namespace Connmgr.Testing;

/// <summary>
/// Waits until no thread of the pool runs. Threads that block do not count: test runners have some, for as long as they run. Called on threads that are not of the pool.
/// </summary>
internal static class ThreadPoolRest
{
    /// <summary>The real time without any change after which threads that wait are taken to be blocked.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private static volatile bool s_isCounted;

    /// <summary>The number of threads of the pool that are blocked. Any thread.</summary>
    private static volatile int s_blocked;

    /// <summary>Waits until no work is queued and none runs.</summary>
    /// <param name="timeout">The real time after which it gives up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static void Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EnsureCounted();
        var start = TimeProvider.System.GetTimestamp();
        var quietSince = start;
        var last = (Running: -1, Completed: -1L);
        var spin = new SpinWait();
        while (!IsAtRest())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    Invariant($"Threads of the pool were still running after {timeout}. Look for code that never rests, and run this test while no other does."));
            }

            var seen = (CountRunning(), ThreadPool.CompletedWorkItemCount);
            if (seen != last || ThreadPool.PendingWorkItemCount > 0)
                (last, quietSince) = (seen, TimeProvider.System.GetTimestamp());
            else if (TimeProvider.System.GetElapsedTime(quietSince) > Quiet && AreOthersWaiting())
                s_blocked = seen.Item1;
            spin.SpinOnce(); // It yields, and then sleeps.
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Determines whether the pool is at rest. The queue comes first: work that this thread has queued is either still there, or in the hands
    /// of a thread that counts as running from before it takes the work until it finds no more.
    /// </summary>
    private static bool IsAtRest()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
            return false;
        var running = CountRunning();
        if (running < s_blocked)
            s_blocked = running;
        return running == 0 || (running == s_blocked && AreOthersWaiting());
    }

    private static int CountRunning()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return all - available;
    }

    /// <summary>Determines whether all threads of the process but this one wait for something.</summary>
    private static bool AreOthersWaiting()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Cast<ProcessThread>().Count(static thread => thread.ThreadState is not (ThreadState.Wait or ThreadState.Terminated)) <= 1;
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
