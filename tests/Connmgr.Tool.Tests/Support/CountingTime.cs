using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>A clock that is set by hand, and tells how many timers it was asked for: one that is not there yet is not set off.</summary>
internal sealed class CountingTime : FakeTimeProvider
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
