namespace Connmgr;

/// <summary>
/// A look-up or a connection through Tor, or through another SOCKS5 proxy, failed; <see cref="Code"/> says why. <see cref="TorResolver"/>
/// throws it; it is the inner exception of what a <see cref="Socks5Dialer"/> throws when the proxy answered.
/// </summary>
public sealed class TorException : Exception
{
    /// <summary>Makes an exception of code <see cref="TorErrorCode.Unknown"/>.</summary>
    public TorException()
        : this("The request through Tor failed.")
    {
    }

    /// <summary>Makes an exception of code <see cref="TorErrorCode.Unknown"/>.</summary>
    /// <param name="message">The description.</param>
    public TorException(string message)
        : this(TorErrorCode.Unknown, message)
    {
    }

    /// <summary>Makes an exception of code <see cref="TorErrorCode.Unknown"/>.</summary>
    /// <param name="message">The description.</param>
    /// <param name="innerException">The cause.</param>
    public TorException(string message, Exception? innerException)
        : this(TorErrorCode.Unknown, message, innerException)
    {
    }

    /// <summary>Makes an exception that says why the request failed.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">The description.</param>
    /// <param name="innerException">The cause.</param>
    public TorException(TorErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The code of the failure.</summary>
    public TorErrorCode Code { get; }
}
