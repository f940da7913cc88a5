namespace Connmgr.Scenarios;

/// <summary>What this process spends between two moments.</summary>
internal sealed class Meter
{
    private readonly long _bytes;
    private readonly TimeSpan _cpu;
    private readonly long _startedAt;

    private Meter(long bytes, TimeSpan cpu, long startedAt) => (_bytes, _cpu, _startedAt) = (bytes, cpu, startedAt);

    /// <summary>The moment now. The clocks are read last here and first in <see cref="Read"/>.</summary>
    public static Meter Start() => new(GC.GetTotalAllocatedBytes(precise: true), Cpu(), TimeProvider.System.GetTimestamp());

    /// <summary>What was spent since.</summary>
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
