namespace Connmgr.Scenarios;

/// <summary>The resources that this process uses between two moments.</summary>
internal sealed class Meter
{
    private readonly long _bytes;
    private readonly TimeSpan _cpu;
    private readonly long _startedAt;

    private Meter(long bytes, TimeSpan cpu, long startedAt) => (_bytes, _cpu, _startedAt) = (bytes, cpu, startedAt);

    /// <summary>Starts a measurement. It reads the clocks last, and <see cref="Read"/> reads them first.</summary>
    public static Meter Start() => new(GC.GetTotalAllocatedBytes(precise: true), Cpu(), TimeProvider.System.GetTimestamp());

    /// <summary>Gets the resources used since then.</summary>
    public Cost Read()
    {
        var wall = TimeProvider.System.GetElapsedTime(_startedAt);
        var cpu = Cpu() - _cpu;
        return new(wall, cpu, GC.GetTotalAllocatedBytes(precise: true) - _bytes);
    }

    // Linux's getrusage, which counts in microseconds; Process counts in ticks of 10 ms.
    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;
}

/// <summary>Time, processor time of all threads, and bytes allocated on the managed heap.</summary>
internal sealed record Cost(TimeSpan Wall, TimeSpan Cpu, long Bytes);
