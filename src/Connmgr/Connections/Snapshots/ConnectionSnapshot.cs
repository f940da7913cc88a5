namespace Connmgr;

/// <summary>An established connection at one moment.</summary>
/// <param name="Connection">The connection, which may have ended since.</param>
/// <param name="Age">Since it was established.</param>
public sealed record ConnectionSnapshot(Connection Connection, TimeSpan Age);
