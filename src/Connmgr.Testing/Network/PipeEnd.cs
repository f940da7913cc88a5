namespace Connmgr.Testing;

/// <summary>The state of one end of a <see cref="MemoryPipe"/>.</summary>
internal enum PipeEnd
{
    Open,

    /// <summary>Disposed by its owner.</summary>
    Disposed,

    /// <summary>Closed over its owner's head, who has still to dispose it.</summary>
    Aborted,
}
