namespace Connmgr;

/// <summary>A failure of an I2P router, or of the exchange with it, as text. Without a full stop.</summary>
#pragma warning disable CA1032, RCS1194 // The result belongs to it.
internal sealed class SamException : Exception
#pragma warning restore CA1032, RCS1194
{
    public SamException(string message, string? result = null, Exception? innerException = null)
        : base(message, innerException) => Result = result;

    /// <summary>The result in the router's reply, such as CANT_REACH_PEER; null when there was no such reply.</summary>
    public string? Result { get; }
}
