using System.Runtime.InteropServices;

namespace Connmgr.Tests.Files;

/// <summary>What tests make that .NET can't.</summary>
internal static class UnixCalls
{
    private const uint Mode = 0x1B6; // 0666
    private const uint CharacterDevice = 0x2000;

    public static void MakeFifo(string path) => Assert.Equal(0, MkFifo(path, Mode));

    /// <summary>Makes a device as /dev/null is, which root alone can, and not in every container.</summary>
    public static bool TryMakeNull(string path) => OperatingSystem.IsLinux() && MkNod(path, CharacterDevice | Mode, 0x103) == 0;

    [DllImport("libc", EntryPoint = "mkfifo", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MkFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "mknod", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MkNod([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode, ulong device);
}
