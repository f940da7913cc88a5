using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>getrlimit, for systems without /proc. Their rlim_t is 64 bits, and RLIMIT_NOFILE is 8.</summary>
internal static partial class ResourceLimit
{
    private const int NoFile = 8;

    public static long? OpenFiles() => GetLimit(NoFile, out var limit) == 0 && limit.Current < long.MaxValue ? (long)limit.Current : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Current;
        public ulong Max;
    }
}
