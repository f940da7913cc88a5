namespace Connmgr;

/// <summary>An attempt ended without a connection, or was not made; inbound handshakes included.</summary>
/// <param name="Time">When.</param>
/// <param name="Kind">What it was for.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record AttemptFailed(DateTimeOffset Time, ConnectionKind Kind, AttemptOutcome Outcome) : ConnectionEvent(Time);
