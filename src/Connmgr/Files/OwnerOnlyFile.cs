namespace Connmgr;

/// <summary>Files that only their owner can read and write, whatever the folder allows.</summary>
internal static class OwnerOnlyFile
{
    /// <summary>The mode of such files on Unix.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates the options for a file without a buffer that has this mode when it is created.</summary>
    public static FileStreamOptions CreateOptions(FileMode mode, FileAccess access, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Mode;
        return options;
    }
}
