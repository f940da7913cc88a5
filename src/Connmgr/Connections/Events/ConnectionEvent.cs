namespace Connmgr;

/// <summary>Something that happened to the connections of a manager. See <see cref="ConnectionManager.WatchAsync"/>.</summary>
/// <param name="Time">When.</param>
public abstract record ConnectionEvent(DateTimeOffset Time);
