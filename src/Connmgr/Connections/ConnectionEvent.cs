namespace Connmgr;

/// <summary>Stub.</summary>
public abstract record ConnectionEvent(DateTimeOffset Time);
