namespace Connmgr.Testing;

/// <summary>An end of a <see cref="MemoryLink"/>.</summary>
internal enum LinkSide
{
    Dialer,
    Host,
}
