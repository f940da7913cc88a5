namespace Connmgr;

/// <summary>A one-off or permanent request has ended for good: its id is not known any more.</summary>
/// <param name="Time">When.</param>
/// <param name="RequestId">The id of the request.</param>
/// <param name="Kind">What it was for.</param>
/// <param name="State"><see cref="ConnectionState.Canceled"/>, or <see cref="ConnectionState.Disconnected"/> when it had a connection.</param>
public sealed record RequestEnded(DateTimeOffset Time, long RequestId, ConnectionKind Kind, ConnectionState State) : ConnectionEvent(Time);
