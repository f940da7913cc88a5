namespace Connmgr;

/// <summary>The scheduler of an <see cref="AddressSeeder"/> outside tests: runs all work on the thread pool.</summary>
internal static class ThreadPoolScheduler
{
    public static void Schedule(Func<object, Task> work, object state) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static item => _ = item.work(item.state), // Not lost: such work catches its exceptions and ends with a message to the loop.
            (work, state),
            preferLocal: false);
}
