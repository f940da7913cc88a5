using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>A score, and the clock that it reads: the part of its time that cannot be avoided.</summary>
[MemoryDiagnoser]
public class BanScoreBenchmarks
{
    private readonly DynamicBanScore _score = new();

    [Benchmark(Baseline = true)]
    public long ClockAlone() => TimeProvider.System.GetTimestamp();

    [Benchmark]
    public uint Increase() => _score.Increase(0, 1);

    [Benchmark]
    public uint Score() => _score.Int();
}
