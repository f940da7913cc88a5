using System.Runtime.CompilerServices;

namespace Connmgr.Testing;

/// <summary>
/// Collects the consequences of a change under a link's lock that must follow outside of it, because they run user code: operations to
/// complete, timers to start or to stop. A change concerns at most four operations and four timers.
/// </summary>
internal struct Aftermath
{
    private Slots _slots;
    private int _count;

    public void Complete(PipeOperation operation) => _slots[_count++] = operation;

    public void Stop(NetworkTimer? timer)
    {
        if (timer is not null) _slots[_count++] = timer;
    }

    public void StartPace(MemoryPipe pipe) => _slots[_count++] = pipe;

    /// <summary>Performs all of it. Called without the lock.</summary>
    public readonly void Run()
    {
        // Timers first: a waiter that continues then no longer sees the stopped ones.
        for (var i = 0; i < _count; i++)
        {
            if (_slots[i] is NetworkTimer timer) timer.Dispose();
            else if (_slots[i] is MemoryPipe pipe) pipe.StartPaceTimer();
        }

        for (var i = 0; i < _count; i++)
        {
            if (_slots[i] is PipeOperation operation) operation.SignalCompletion();
        }
    }

    [InlineArray(8)]
    private struct Slots
    {
        private object? _first;
    }
}
