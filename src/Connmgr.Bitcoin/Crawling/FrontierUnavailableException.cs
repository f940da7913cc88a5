namespace Connmgr.Bitcoin;

/// <summary>The exception that an <see cref="IFrontier"/> throws while it can't be reached. The same call may succeed later.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without a message would say too little.
public sealed class FrontierUnavailableException : Exception
#pragma warning restore CA1032, RCS1194
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The exception that caused it; null for none.</param>
    public FrontierUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
