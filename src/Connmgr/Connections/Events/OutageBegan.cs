namespace Connmgr;

/// <summary>25 attempts in a row got no answer on a route: it is only probed from now on.</summary>
/// <param name="Time">When.</param>
/// <param name="Route">"ipv4", "ipv6", "name", "other", or the name of a proxy.</param>
public sealed record OutageBegan(DateTimeOffset Time, string Route) : ConnectionEvent(Time);
