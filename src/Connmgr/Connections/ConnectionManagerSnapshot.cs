namespace Connmgr;

/// <summary>Stub.</summary>
public sealed record ConnectionManagerSnapshot;
