using Connmgr.Bitcoin;

namespace Connmgr.Benchmarks;

/// <summary>
/// Measures a peer in each transport, in alternation: the processor time of its handshake, and its memory while it waits for a message, with
/// its stream. Processor time, because it depends the least on what else the machine does.
/// </summary>
internal static class PeerCosts
{
    private const int Pairs = 2000;
    private const int Rounds = 5;

    public static async Task MeasureAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            await MeasureAsync(PeerTransport.V1);
            await MeasureAsync(PeerTransport.V2);
        }
    }

    private static async Task MeasureAsync(PeerTransport transport)
    {
        var pairs = new PeerPairs(transport);
        await (await pairs.ConnectAsync()).CloseAsync();
        var before = Read();
        var (cpu, start) = (Environment.CpuUsage.TotalTime, TimeProvider.System.GetTimestamp());
        var idle = new List<PeerPair>(Pairs);
        for (var i = 0; i < Pairs; i++)
            idle.Add(await pairs.ConnectAsync());
        var (used, seconds) = (Environment.CpuUsage.TotalTime - cpu, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        foreach (var pair in idle)
            await pair.CalmAsync();
        var after = Read();
        Console.WriteLine(FormattableString.Invariant(
            $"{transport}: {used.TotalMicroseconds / Pairs:0} us of processor time for the handshake of both sides, {Pairs / seconds:0} a second; ")
            + FormattableString.Invariant($"{(after.Heap - before.Heap) / (2 * Pairs)} bytes of managed memory, {(after.Resident - before.Resident) / (2 * Pairs)} resident for each idle peer"));
        foreach (var pair in idle)
            await pair.CloseAsync();
    }

    private static (long Heap, long Resident) Read()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}
