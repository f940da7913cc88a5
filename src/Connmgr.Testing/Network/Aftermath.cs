using System.Runtime.CompilerServices;

namespace Connmgr.Testing;

/// <summary>
/// What a change under a link's lock leads to and must be done after it, since it runs other people's code: waiters to tell, timers to
/// start or to stop. At most four operations and four timers are ever concerned.
/// </summary>
internal struct Aftermath
{
    private Slots _slots;
    private int _count;

    public void Tell(PipeOperation operation) => _slots[_count++] = operation;

    public void Stop(NetworkTimer? timer)
    {
        if (timer is not null) _slots[_count++] = timer;
    }

    public void StartPace(MemoryPipe pipe) => _slots[_count++] = pipe;

    /// <summary>Called without the lock.</summary>
    public readonly void Run()
    {
        // Timers first: when a waiter runs on and looks, those that are over are gone.
        for (var i = 0; i < _count; i++)
        {
            if (_slots[i] is NetworkTimer timer) timer.Dispose();
            else if (_slots[i] is MemoryPipe pipe) pipe.StartPaceTimer();
        }

        for (var i = 0; i < _count; i++)
        {
            if (_slots[i] is PipeOperation operation) operation.Tell();
        }
    }

    [InlineArray(8)]
    private struct Slots
    {
        private object? _first;
    }
}
