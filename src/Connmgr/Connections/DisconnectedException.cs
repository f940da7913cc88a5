namespace Connmgr;

/// <summary>
/// What a handler throws when it learns that its connection has ended, or that the peer is of no more use: the manager gives
/// <see cref="Cause"/> as the cause of the disconnection. Derive from it for a protocol of your own.
/// </summary>
public class DisconnectedException : IOException
{
    /// <summary>Makes an exception of cause <see cref="DisconnectCause.Reset"/>.</summary>
    public DisconnectedException()
        : this(DisconnectCause.Reset, "The connection was lost.")
    {
    }

    /// <summary>Makes an exception of cause <see cref="DisconnectCause.Reset"/>.</summary>
    /// <param name="message">What happened.</param>
    public DisconnectedException(string message)
        : this(DisconnectCause.Reset, message)
    {
    }

    /// <summary>Makes an exception of cause <see cref="DisconnectCause.Reset"/>.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public DisconnectedException(string message, Exception? innerException)
        : this(DisconnectCause.Reset, message, innerException)
    {
    }

    /// <summary>Makes an exception that says why the connection ends.</summary>
    /// <param name="cause">
    /// <see cref="DisconnectCause.PeerClosed"/>, <see cref="DisconnectCause.Reset"/>, <see cref="DisconnectCause.PingTimeout"/>,
    /// <see cref="DisconnectCause.SendTimeout"/> or <see cref="DisconnectCause.ProtocolViolation"/>.
    /// </param>
    /// <param name="message">What happened, with the values that a reader of a log needs.</param>
    /// <param name="innerException">What it came from.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cause is another one: those are the manager's to give.</exception>
    public DisconnectedException(DisconnectCause cause, string message, Exception? innerException = null)
        : base(message, innerException) => Cause = DisconnectReason.RequirePeers(cause);

    /// <summary>Why the connection ends.</summary>
    public DisconnectCause Cause { get; }
}
