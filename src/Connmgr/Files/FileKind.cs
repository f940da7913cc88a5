namespace Connmgr;

/// <summary>The kinds of things that a path can lead to.</summary>
internal enum FileKind
{
    /// <summary>The system does not say.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A pipe: a FIFO, or one end of a pipeline.</summary>
    Pipe,

    /// <summary>A character device, such as a terminal or /dev/null.</summary>
    CharacterDevice,

    /// <summary>A block device, such as a disk.</summary>
    BlockDevice,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A symbolic link, where links are not followed.</summary>
    Link,
}
