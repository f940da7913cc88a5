using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Connmgr;

/// <summary>The permissions of a file that is replaced.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct AtomicFileTarget
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    private readonly FileFacts? _old;
    private readonly UnixFileMode? _newMode;

    /// <summary>Creates the target for a file that does not exist yet.</summary>
    /// <param name="newMode">Its permissions, less those that the process gives to no file; null for its owner alone.</param>
    public AtomicFileTarget(UnixFileMode? newMode) => _newMode = newMode;

    /// <summary>Creates the target for an existing file.</summary>
    /// <param name="old">The facts about it; the new one gets its owner and permissions.</param>
    public AtomicFileTarget(FileFacts old) => _old = old;

    /// <summary>The permissions that the temporary file begins with.</summary>
    public UnixFileMode CreateMode => _newMode ?? OwnerAlone;

    /// <summary>Gives the temporary file what the old one has. Not on Windows.</summary>
    public void Apply(SafeFileHandle file)
    {
        if (_old is not { } old || OperatingSystem.IsWindows())
            return;
        UnixFile.TryGiveTo(file, old);
        File.SetUnixFileMode(file, old.Mode & Permissions);
    }
}
