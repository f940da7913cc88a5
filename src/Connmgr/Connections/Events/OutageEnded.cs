namespace Connmgr;

/// <summary>There was an answer again on a route, or the system's network changed.</summary>
/// <param name="Time">When.</param>
/// <param name="Route">As in <see cref="OutageBegan"/>.</param>
public sealed record OutageEnded(DateTimeOffset Time, string Route) : ConnectionEvent(Time);
