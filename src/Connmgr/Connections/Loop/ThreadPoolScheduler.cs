namespace Connmgr;

/// <summary>Begins work off the loop. Tests put a queue of their own in its place and run everything on one thread.</summary>
internal delegate void WorkScheduler(Func<object, Task> work, object state);

/// <summary>The scheduler of every manager that is not under test.</summary>
internal static class ThreadPoolScheduler
{
    public static void Schedule(Func<object, Task> work, object state) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static item => _ = item.work(item.state), // Not lost: all such work contains its exceptions and ends with a message to the loop.
            (work, state),
            preferLocal: false);
}
