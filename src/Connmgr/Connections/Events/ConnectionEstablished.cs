namespace Connmgr;

/// <summary>A connection is established, its handshake included, and is handed to its handler.</summary>
/// <param name="Time">When.</param>
/// <param name="Connection">The connection.</param>
public sealed record ConnectionEstablished(DateTimeOffset Time, Connection Connection) : ConnectionEvent(Time);
