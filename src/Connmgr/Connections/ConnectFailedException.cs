namespace Connmgr;

/// <summary>
/// The exception that a dialer or handshake throws to report the phase and the cause of a failed attempt. The manager records both as data;
/// an exception of any other type is recorded as <see cref="ConnectFailureCause.Unknown"/>.
/// </summary>
#pragma warning disable CA1032, RCS1194 // An exception without phase and cause would say too little.
public sealed class ConnectFailedException : Exception
#pragma warning restore CA1032, RCS1194
{
    /// <summary>Creates an exception with the phase and the cause of the failure.</summary>
    /// <param name="phase">The step that failed.</param>
    /// <param name="cause">The cause.</param>
    /// <param name="message">The message, with the values that a reader of a log needs.</param>
    /// <param name="innerException">The exception that caused it; null for none.</param>
    public ConnectFailedException(ConnectPhase phase, ConnectFailureCause cause, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Phase = phase;
        Cause = cause;
    }

    /// <summary>The step that failed.</summary>
    public ConnectPhase Phase { get; }

    /// <summary>The cause of the failure.</summary>
    public ConnectFailureCause Cause { get; }
}
