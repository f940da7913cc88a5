namespace Connmgr;

/// <summary>
/// The exception that a handler throws when its connection has ended, or when the peer is no longer useful. The manager reports
/// <see cref="Cause"/> as the cause of the disconnection. Derive from it for another protocol.
/// </summary>
#pragma warning disable CA1032, RCS1194 // An exception without cause would say too little.
public class DisconnectedException : IOException
#pragma warning restore CA1032, RCS1194
{
    /// <summary>Creates an exception with the cause of the disconnection.</summary>
    /// <param name="cause">
    /// <see cref="DisconnectCause.PeerClosed"/>, <see cref="DisconnectCause.Reset"/>, <see cref="DisconnectCause.PingTimeout"/>,
    /// <see cref="DisconnectCause.SendTimeout"/> or <see cref="DisconnectCause.ProtocolViolation"/>.
    /// </param>
    /// <param name="message">The message, with the values that a reader of a log needs.</param>
    /// <param name="innerException">The exception that caused it; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cause is one that only the manager may use.</exception>
    public DisconnectedException(DisconnectCause cause, string message, Exception? innerException = null)
        : base(message, innerException) => Cause = DisconnectReason.RequirePeers(cause);

    /// <summary>The cause of the disconnection.</summary>
    public DisconnectCause Cause { get; }
}
