using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

[Collection(nameof(AloneInTheProcess))] // Measures the memory of the whole process.
public sealed class MemoryFrontierCostTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>The promise of 250 bytes for each address, with records of 100 bytes for half of them.</summary>
    [Fact]
    public async Task Add_ManyAddresses_TakesLittleMemory()
    {
        const int Count = 100_000;
        var frontier = new MemoryFrontier(new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 1, MaxAddressesPerNetgroup = 1_000_000, TimeProvider = _time });
        var nodes = Enumerable.Range(0, Count).Select(static i => new PeerAddress(new(Gossip.GossipGen.Onion(i).Address, 8333), 1, default)).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Assert.Equal(Count, await frontier.AddAsync(nodes));
        var idle = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        for (var visited = 0; visited < Count;)
        {
            var leases = (await frontier.LeaseAsync(1000)).Leases;
            visited += leases.Length;
            await frontier.CompleteAsync(leases.Select(lease => new FrontierResult(lease, lease.Token % 2 == 0) { Record = new byte[100] }).ToArray());
            _time.Advance(TimeSpan.FromHours(1));
        }

        var visitedOnce = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        TestContext.Current.TestOutputHelper?.WriteLine($"{idle} bytes for each address, {visitedOnce} with records");
        GC.KeepAlive(frontier);
        Assert.InRange(idle, 1, 150);
        Assert.InRange(visitedOnce, 1, 250);
    }
}
