namespace Connmgr.Fleet;

/// <summary>The exception for a request that needs Redis while it does not answer, or answers renewals only. Try again later.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without a message would say too little.
public sealed class FleetUnavailableException : IOException
#pragma warning restore CA1032, RCS1194
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The exception that caused it; null for none.</param>
    public FleetUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
