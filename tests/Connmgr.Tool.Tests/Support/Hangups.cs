namespace Connmgr.Tool.Tests;

/// <summary>SIGHUPs that are none.</summary>
internal sealed class Hangups
{
    private readonly Lock _gate = new();
    private Action? _action;

    public IDisposable Register(Action action)
    {
        lock (_gate)
            _action = action;
        return new Registration(this);
    }

    public void Send()
    {
        Action? action;
        lock (_gate)
            action = _action;
        Assert.NotNull(action);
        action();
    }

    private sealed class Registration(Hangups owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
                owner._action = null;
        }
    }
}
