using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Connections;

/// <summary>Virtual time that knows which timers are alive.</summary>
internal sealed class CountingTimeProvider : FakeTimeProvider
{
    public int TimersAlive { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        TimersAlive++;
        return new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class CountedTimer(CountingTimeProvider owner, ITimer inner) : ITimer
    {
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            if (!_isDisposed)
                owner.TimersAlive--;
            _isDisposed = true;
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
