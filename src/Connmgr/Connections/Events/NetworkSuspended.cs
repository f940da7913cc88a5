namespace Connmgr;

/// <summary>The network was switched off.</summary>
/// <param name="Time">When.</param>
public sealed record NetworkSuspended(DateTimeOffset Time) : ConnectionEvent(Time);
