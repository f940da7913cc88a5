using System.Collections.Concurrent;

namespace Connmgr;

/// <summary>
/// The messages of a manager, and whose turn it is to apply them: one thread's at a time. It is a worker's of the pool: one that is called
/// for that, or one that has just ended a piece of the manager's own work and has nothing else on its stack (<see cref="PumpHere"/>). The
/// latter saves a change of threads, which takes longer than most decisions: connections replaced one after the other are 1.4 times as many
/// a second with it.
/// </summary>
internal sealed class Mailbox : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Message> _messages = new();
    private readonly Func<bool> _pump;
    private volatile bool _isClosed;
    private int _isTaken;

    /// <param name="pump">Takes out the messages and applies them; false when it can't any more.</param>
    /// <param name="isPumpedByHand">Whether no thread is ever called: a test pumps.</param>
    public Mailbox(Func<bool> pump, bool isPumpedByHand)
    {
        _pump = pump;
        _isTaken = isPumpedByHand ? 1 : 0;
    }

    /// <summary>Whether no more messages are taken. Those that are in are still applied.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Puts a message in, and calls for a thread unless there is one. From any thread; runs nothing of the manager or its user.</summary>
    /// <returns>False when it is closed.</returns>
    public bool Post(in Message message)
    {
        if (!PostOnly(message))
            return false;
        if (TryTake())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>Puts a message in. Only for those who call <see cref="PumpHere"/> next, whatever happens.</summary>
    /// <returns>False when it is closed.</returns>
    public bool PostOnly(in Message message)
    {
        if (_isClosed)
            return false;
        _messages.Enqueue(message);
        return true;
    }

    public bool TryRead(out Message message) => _messages.TryDequeue(out message);

    /// <summary>Applies what is there on this thread, when no other does. For threads of the pool without any of the user's code on their stack.</summary>
    public void PumpHere()
    {
        if (!_messages.IsEmpty && TryTake())
            Execute();
    }

    /// <summary>Takes no more messages.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Pumps. The caller has taken the turn.</summary>
    public void Execute()
    {
        do
        {
            if (!_pump())
                return; // The turn is never given back: nothing can be decided any more.
            Interlocked.Exchange(ref _isTaken, 0); // A fence: whoever posts after the look below finds it free.
        }
        while (!_messages.IsEmpty && TryTake());
    }

    private bool TryTake() => Volatile.Read(ref _isTaken) == 0 && Interlocked.Exchange(ref _isTaken, 1) == 0;
}
