namespace Connmgr;

/// <summary>The watcher fell behind and has lost events. <see cref="ConnectionManager.GetSnapshotAsync"/> tells how things stand.</summary>
/// <param name="Time">When it was noticed.</param>
/// <param name="Count">How many events were lost.</param>
public sealed record EventsDropped(DateTimeOffset Time, int Count) : ConnectionEvent(Time);
