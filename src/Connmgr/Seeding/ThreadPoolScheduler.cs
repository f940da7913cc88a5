namespace Connmgr;

/// <summary>The scheduler of an <see cref="AddressSeeder"/> that is not under test: runs each piece of work on the thread pool.</summary>
internal static class ThreadPoolScheduler
{
    public static void Schedule(Func<object, Task> work, object state) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static item => _ = item.work(item.state), // Not lost: all such work contains its exceptions and ends with a message to the loop.
            (work, state),
            preferLocal: false);
}
