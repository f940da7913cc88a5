using System.Collections.Concurrent;
using System.Diagnostics;

namespace Connmgr;

/// <summary>
/// The messages of a manager, and the turn to apply them, which one thread has at a time. That thread is a worker of the pool: one that is
/// queued for it, or one that has just run work of the manager and has nothing else on its stack (<see cref="Run"/>). The latter saves a
/// thread switch, which takes longer than most decisions: sequential replacement of connections is 1.4 times as fast.
/// </summary>
internal sealed class Mailbox : IThreadPoolWorkItem
{
    /// <summary>The state of the piece of work whose synchronous part this thread runs; null on all other threads.</summary>
    [ThreadStatic]
    private static object? _running;

    private readonly ConcurrentQueue<Message> _messages = new();
    private readonly Func<bool> _pump;
    private volatile bool _isClosed;

    /// <summary>1 while a thread has the turn, or is queued for it. Any thread; changed by <see cref="Interlocked"/>.</summary>
    private int _isTaken;

    /// <param name="pump">Removes and applies the messages. Returns false if it cannot apply any more.</param>
    /// <param name="isPumpedByHand">True if no thread is ever queued, because a test pumps.</param>
    public Mailbox(Func<bool> pump, bool isPumpedByHand)
    {
        _pump = pump;
        _isTaken = isPumpedByHand ? 1 : 0;
    }

    /// <summary>True when no more messages are accepted. Messages already added are still applied.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>
    /// Adds a message, and queues a thread unless one has the turn. May be called from any thread; runs no code of the manager or its user.
    /// </summary>
    /// <returns>False when it is closed.</returns>
    public bool Post(in Message message)
    {
        if (!TryAdd(message))
            return false;
        if (TryTakeTurn())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>
    /// Puts in the last message of a piece of work whose state is the message's subject. While this thread runs the synchronous part of a
    /// piece with that state it calls for no thread: <see cref="Run"/> applies the message next. Once a piece has waited, other code
    /// continues it, and the message is posted as any other; except when a piece with the same state continues it, as a shutdown that
    /// cancels a dial may: the message then waits for the end of that piece's synchronous part.
    /// </summary>
    /// <returns>False when it is closed.</returns>
    public bool PostLast(in Message message) =>
        message.Subject is { } subject && ReferenceEquals(_running, subject) ? TryAdd(message) : Post(message);

    public bool TryRead(out Message message) => _messages.TryDequeue(out message);

    /// <summary>
    /// Runs a piece of work until it awaits or ends, then applies the posted messages unless another thread does. Only for pool threads
    /// without user code on their stack.
    /// </summary>
    public void Run(Func<object, Task> work, object state)
    {
        Debug.Assert(_running is null, "One piece of work runs inside another.");
        _running = state;
        _ = work(state); // Not lost: such work catches its exceptions and ends with a message to the loop.
        _running = null;
        if (!_messages.IsEmpty && TryTakeTurn())
            Execute();
    }

    /// <summary>Stops accepting messages.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Pumps. The caller has the turn.</summary>
    public void Execute()
    {
        do
        {
            if (!_pump())
                return; // The turn is never released: nothing can be decided any more.
            Interlocked.Exchange(ref _isTaken, 0); // A fence: a thread that posts after the check below finds the turn free.
        }
        while (!_messages.IsEmpty && TryTakeTurn());
    }

    private bool TryAdd(in Message message)
    {
        if (_isClosed)
            return false;
        _messages.Enqueue(message);
        return true;
    }

    private bool TryTakeTurn() => Volatile.Read(ref _isTaken) == 0 && Interlocked.Exchange(ref _isTaken, 1) == 0;
}
