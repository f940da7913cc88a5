namespace Connmgr;

/// <summary>A connection that was established has ended.</summary>
/// <param name="Time">When.</param>
/// <param name="Connection">The connection.</param>
/// <param name="Reason">Why.</param>
public sealed record ConnectionClosed(DateTimeOffset Time, Connection Connection, DisconnectReason Reason) : ConnectionEvent(Time);
