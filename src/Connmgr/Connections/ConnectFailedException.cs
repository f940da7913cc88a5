namespace Connmgr;

/// <summary>
/// What a dialler or handshake throws to say where and why an attempt failed. The manager records phase and cause as data;
/// an exception of any other type is recorded as <see cref="ConnectFailureCause.Unknown"/>.
/// </summary>
public sealed class ConnectFailedException : Exception
{
    /// <summary>Makes an exception of cause <see cref="ConnectFailureCause.Unknown"/>.</summary>
    public ConnectFailedException()
        : this("The connection attempt failed.")
    {
    }

    /// <summary>Makes an exception of cause <see cref="ConnectFailureCause.Unknown"/>.</summary>
    /// <param name="message">What happened.</param>
    public ConnectFailedException(string message)
        : this(ConnectPhase.None, ConnectFailureCause.Unknown, message)
    {
    }

    /// <summary>Makes an exception of cause <see cref="ConnectFailureCause.Unknown"/>.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public ConnectFailedException(string message, Exception? innerException)
        : this(ConnectPhase.None, ConnectFailureCause.Unknown, message, innerException)
    {
    }

    /// <summary>Makes an exception that says where and why the attempt failed.</summary>
    /// <param name="phase">The step that failed.</param>
    /// <param name="cause">Why.</param>
    /// <param name="message">What happened, with the values a reader of a log needs.</param>
    /// <param name="innerException">What it came from.</param>
    public ConnectFailedException(ConnectPhase phase, ConnectFailureCause cause, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Phase = phase;
        Cause = cause;
    }

    /// <summary>The step that failed.</summary>
    public ConnectPhase Phase { get; }

    /// <summary>Why it failed.</summary>
    public ConnectFailureCause Cause { get; }
}
