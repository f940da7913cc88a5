namespace Connmgr;

/// <summary>The reason for the end of a session with Tor's control port, as text for <see cref="TorState.Failure"/>. Without a full stop.</summary>
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
