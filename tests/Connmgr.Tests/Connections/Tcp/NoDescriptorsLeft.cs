using System.Runtime.InteropServices;

namespace Connmgr.Tests.Connections;

/// <summary>Takes the process's right to open anything, and gives it back. For tests of <see cref="AloneInTheProcess"/> alone.</summary>
internal sealed class NoDescriptorsLeft : IDisposable
{
    private const int OpenFiles = 7;

    private readonly Limits _before;

    public NoDescriptorsLeft()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sets Linux's limit of open files");
        Check(GetLimits(OpenFiles, out _before));
        Check(SetLimits(OpenFiles, _before with { Soft = 0 }));
    }

    public void Dispose() => Check(SetLimits(OpenFiles, _before));

    private static void Check(int result) => Assert.Equal(0, result);

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimits(int resource, out Limits limits);

    [DllImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimits(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limits
    {
        public nuint Soft { get; init; }

        public nuint Hard { get; init; }
    }
}
