using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>Facts about a file on Unix.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Mode">Its permissions, the sticky bit included.</param>
/// <param name="Owner">The id of the user that owns it.</param>
/// <param name="Group">The id of its group.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileFacts(FileKind Kind, UnixFileMode Mode, uint Owner, uint Group)
{
    private const uint KindMask = 0xF000;
    private const uint ModeMask = 0x0FFF;

    /// <summary>Takes a st_mode apart; its bits are the same on all systems.</summary>
    public static FileFacts FromMode(uint mode, uint owner, uint group)
    {
        var kind = (mode & KindMask) switch
        {
            0x1000 => FileKind.Pipe,
            0x2000 => FileKind.CharacterDevice,
            0x4000 => FileKind.Directory,
            0x6000 => FileKind.BlockDevice,
            0x8000 => FileKind.Regular,
            0xA000 => FileKind.Link,
            0xC000 => FileKind.Socket,
            _ => FileKind.Unknown,
        };
        return new(kind, (UnixFileMode)(mode & ModeMask), owner, group);
    }
}
