using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>What this process takes: memory when all garbage is gone, and how often its threads were switched. From Linux's /proc.</summary>
internal sealed record Footprint(long Resident, long Heap, long Switches)
{
    private const int PageSize = 4096;

    /// <summary>Collects all garbage, gives free memory back to the system, and looks.</summary>
    public static Footprint Take()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new(ResidentBytes(), GC.GetTotalMemory(forceFullCollection: false), ContextSwitches());
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * PageSize;

    /// <summary>Context switches of all threads that live, voluntary and not.</summary>
    public static long ContextSwitches() => Directory.GetDirectories("/proc/self/task")
        .SelectMany(static task => File.ReadLines(Path.Combine(task, "status")))
        .Where(static line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
        .Sum(static line => long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
}
