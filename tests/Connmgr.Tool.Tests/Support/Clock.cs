using System.Runtime.InteropServices;

namespace Connmgr.Tool.Tests;

/// <summary>The clock of Linux that systemd goes by, asked directly.</summary>
internal static partial class Clock
{
    private const int Monotonic = 1;

    public static long MonotonicMicroseconds()
    {
        Assert.Equal(0, GetTime(Monotonic, out var time));
        return (time.Seconds * 1_000_000) + (time.Nanoseconds / 1000);
    }

    [DllImport("libc", EntryPoint = "clock_gettime", ExactSpelling = true)]
    private static extern int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
