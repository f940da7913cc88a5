namespace Connmgr.Tool.Tests;

/// <summary>SIGHUPs that are none.</summary>
internal sealed class Hangups
{
    private readonly Lock _lock = new();
    private Action? _action;

    public IDisposable Register(Action action)
    {
        lock (_lock)
            _action = action;
        return new Registration(this);
    }

    public void Send()
    {
        Action? action;
        lock (_lock)
            action = _action;
        Assert.NotNull(action);
        action();
    }

    private sealed class Registration(Hangups owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
                owner._action = null;
        }
    }
}
