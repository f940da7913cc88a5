namespace Connmgr;

/// <summary>A gateway did not do what it was asked for.</summary>
internal sealed class GatewayException : Exception
{
    public GatewayException(GatewayFailure failure, string message, TimeSpan? lasts = null)
        : base(message) => (Failure, Lasts) = (failure, lasts);

    /// <summary>The kind of failure.</summary>
    public GatewayFailure Failure { get; }

    /// <summary>The time for which the gateway says that the failure lasts; null if it says none.</summary>
    public TimeSpan? Lasts { get; }
}

/// <summary>The kinds of failures of a gateway.</summary>
internal enum GatewayFailure
{
    /// <summary>There is no valid answer.</summary>
    NoAnswer,

    /// <summary>The gateway refuses, or does not speak the protocol.</summary>
    Refused,
}
