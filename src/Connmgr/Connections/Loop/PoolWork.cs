using System.Collections.Concurrent;

namespace Connmgr;

/// <summary>Starts work outside the loop. Tests replace it with a queue, and run everything on one thread.</summary>
internal delegate void WorkScheduler(Func<object, Task> work, object state);

/// <summary>
/// The scheduler of managers outside tests: runs each piece of work on the thread pool. This one object is queued to the pool for each
/// piece, and the pieces wait in a queue of structs, which saves 48 bytes for each.
/// </summary>
internal sealed class PoolWork(Mailbox mailbox) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<(Func<object, Task> Work, object State)> _pieces = new();

    public void Schedule(Func<object, Task> work, object state)
    {
        _pieces.Enqueue((work, state));
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Runs one piece, and then applies the messages.</summary>
    public void Execute()
    {
        if (_pieces.TryDequeue(out var piece))
            mailbox.Run(piece.Work, piece.State);
    }
}
