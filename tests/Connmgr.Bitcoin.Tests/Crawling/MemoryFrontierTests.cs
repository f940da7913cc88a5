using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class MemoryFrontierTests : FrontierContract
{
    private readonly FakeTimeProvider _time = new();

    protected override Task<IFrontier> CreateAsync(FrontierOptions options)
    {
        options.TimeProvider = _time;
        return Task.FromResult<IFrontier>(new MemoryFrontier(options));
    }

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    public void Options_Invalid_AreNamedAtOnce()
    {
        var exception = Assert.Throws<ArgumentException>(static () => new MemoryFrontier(new()
        {
            MaxAddresses = 0,
            LeasePeriod = TimeSpan.Zero,
            RevisitPeriod = TimeSpan.FromDays(25),
            MaxFailures = 256,
            VisitsPerSecond = -1,
            VisitsPerSecondPerNetgroup = double.NaN,
            VisitsPerDay = -1,
            Netgrouper = null!,
            TimeProvider = null!,
        }));

        Assert.All(
            ["MaxAddresses is 0", "LeasePeriod is", "RevisitPeriod is", "MaxFailures is 256", "VisitsPerSecond is -1", "PerNetgroup is NaN", "VisitsPerDay is", "Netgrouper is null", "TimeProvider is null"],
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    /// <summary>The promise of 250 bytes for each address, with records of 100 bytes for half of them.</summary>
    [Fact]
    public async Task Add_ManyAddresses_TakesLittleMemory()
    {
        const int Count = 100_000;
        var frontier = new MemoryFrontier(new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 1, TimeProvider = _time });
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
