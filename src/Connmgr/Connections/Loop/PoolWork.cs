using System.Collections.Concurrent;

namespace Connmgr;

/// <summary>
/// Begins a manager's work on the thread pool, each piece on a worker of its own. The pool is given this one object for each, and the
/// pieces wait in a queue of structs: 48 bytes less for each than by the pool's own means.
/// </summary>
internal sealed class PoolWork(Mailbox mailbox) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<(Func<object, Task> Work, object State)> _pieces = new();

    public void Schedule(Func<object, Task> work, object state)
    {
        _pieces.Enqueue((work, state));
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Runs one piece up to where it waits or ends, and then what it posted.</summary>
    public void Execute()
    {
        if (_pieces.TryDequeue(out var piece))
            _ = piece.Work(piece.State); // Not lost: all such work contains its exceptions and ends with a message to the loop.
        mailbox.PumpHere();
    }
}
