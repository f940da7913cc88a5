using System.Net;
using BenchmarkDotNet.Attributes;

namespace Connmgr.Benchmarks;

/// <summary>A snapshot of a manager with some connections.</summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private ConnectionManager? _manager;
    private int _next;

    [Params(8, 125, 10_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public async Task ConnectAsync()
    {
        _manager = new(new()
        {
            TargetOutbound = Connections,
            Dial = static (_, _) => new(Stream.Null),
            GetNewAddress = _ => new(new IPEndPoint(new IPAddress([20, (byte)(++_next >> 8), (byte)_next, 1]), 8333)),
            MaxOutboundPerNetgroup = int.MaxValue,
        });
        await _manager.StartAsync();
        await _manager.WhenFullAsync();
    }

    [GlobalCleanup]
    public async Task DisconnectAsync() => await _manager!.DisposeAsync();

    [Benchmark]
    public Task<ConnectionManagerSnapshot> GetSnapshotAsync() => _manager!.GetSnapshotAsync();
}
