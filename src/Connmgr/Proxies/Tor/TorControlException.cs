namespace Connmgr;

/// <summary>What ends a session with Tor's control port: in words, for <see cref="TorState.Failure"/>. Without a full stop.</summary>
internal sealed class TorControlException : Exception
{
    public TorControlException()
    {
    }

    public TorControlException(string message)
        : base(message)
    {
    }

    public TorControlException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
