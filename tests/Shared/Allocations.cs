namespace Connmgr;

/// <summary>What code allocates once it is warm.</summary>
internal static class Allocations
{
    private const int Rounds = 20;

    /// <summary>
    /// The least that one of several calls allocated on this thread. What the code itself allocates, it allocates each time; the runtime
    /// adds now and then something of its own (a method compiled anew, a static field begun), which is not the code's.
    /// </summary>
    public static long Least(Action action)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    /// <summary>The same for code that is asynchronous in form, but never has to wait: all of it runs on this thread.</summary>
    public static async Task<long> LeastAsync(Func<ValueTask> action)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var (before, thread) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CurrentManagedThreadId);
            await action();
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            least = Math.Min(least, allocated);
        }

        return least;
    }
}
