namespace Connmgr;

/// <summary>The network was switched on again.</summary>
/// <param name="Time">When.</param>
public sealed record NetworkResumed(DateTimeOffset Time) : ConnectionEvent(Time);
