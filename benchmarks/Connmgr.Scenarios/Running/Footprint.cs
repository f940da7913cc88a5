using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>The memory of this process without garbage, and the context switches of its threads. From Linux's /proc.</summary>
internal sealed record Footprint(long Resident, long Heap, long Switches)
{
    private const int PageSize = 4096;

    /// <summary>Collects all garbage, returns free memory to the system, and measures.</summary>
    public static Footprint Take()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new(ResidentBytes(), GC.GetTotalMemory(forceFullCollection: false), ContextSwitches());
    }

    /// <summary>Reads the resident memory, in bytes.</summary>
    public static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * PageSize;

    /// <summary>Reads the context switches of all live threads, voluntary and not.</summary>
    public static long ContextSwitches() => Directory.GetDirectories("/proc/self/task")
        .SelectMany(static task => File.ReadLines(Path.Combine(task, "status")))
        .Where(static line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
        .Sum(static line => long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
}
