namespace Connmgr;

/// <summary>
/// A look-up or a connection through Tor, or through another SOCKS5 proxy, failed; <see cref="Code"/> says why. <see cref="TorResolver"/>
/// throws it; it is the inner exception of what a <see cref="Socks5Dialer"/> throws when the proxy answered.
/// </summary>
#pragma warning disable CA1032, RCS1194 // An exception without code would say too little.
public sealed class TorException : Exception
#pragma warning restore CA1032, RCS1194
{
    /// <summary>Makes an exception that says why the request failed.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">The description.</param>
    /// <param name="innerException">The cause.</param>
    public TorException(TorErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The code of the failure.</summary>
    public TorErrorCode Code { get; }
}
