namespace Connmgr.Bitcoin;

/// <summary>Who reads the messages of a command.</summary>
internal enum MessageReader
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>The library itself: they are paced, since it is done with them at once.</summary>
    Library,

    /// <summary>The user's handler, which sets its own pace.</summary>
    Handler,
}
