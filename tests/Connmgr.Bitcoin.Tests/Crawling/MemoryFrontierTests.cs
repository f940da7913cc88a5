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
            MaxAddressesPerHost = -1,
            MaxAddressesPerNetgroup = -1,
            Netgrouper = null!,
            TimeProvider = null!,
        }));

        Assert.All(
            ["MaxAddresses is 0", "LeasePeriod is", "RevisitPeriod is", "MaxFailures is 256", "VisitsPerSecond is -1", "PerNetgroup is NaN", "VisitsPerDay is", "PerHost is -1", "AddressesPerNetgroup is -1", "Netgrouper is null", "TimeProvider is null"],
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Add_ManyPortsOfAHost_AreLimited()
    {
        var frontier = new MemoryFrontier(new() { MaxAddressesPerHost = 3, TimeProvider = _time });
        var host = Gossip.GossipGen.IPv4(1).Address;

        Assert.Equal(3, await frontier.AddAsync(Ports(host, 100)));
        Assert.Equal(0, await frontier.AddAsync(Ports(host, 100)));
        Assert.Equal(3, await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(2).Address, 100)));
    }

    [Fact]
    public async Task Add_ManyOfANetgroup_AreLimitedUntilSomeAreForgotten()
    {
        var frontier = new MemoryFrontier(new() { MaxAddressesPerNetgroup = 5, MaxFailures = 1, VisitsPerSecondPerNetgroup = 0, TimeProvider = _time });

        Assert.Equal(5, await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(1).Address, 9)));
        Assert.Equal(1, await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(2).Address, 1)));
        var leases = (await frontier.LeaseAsync(10)).Leases;
        await frontier.CompleteAsync(leases.Select(static lease => new FrontierResult(lease, IsReachable: false)).ToArray());
        Assert.True(await frontier.EndRoundAsync(1));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty((await frontier.LeaseAsync(10)).Leases);

        Assert.Equal(5, await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(1).Address, 9)));
    }

    /// <summary>A frontier that is full of addresses that nobody has takes others after two failures of those.</summary>
    [Fact]
    public async Task Lease_FullOfUnreachableAddresses_ForgetsThemSoon()
    {
        var frontier = new MemoryFrontier(new() { MaxAddresses = 10, VisitsPerSecondPerNetgroup = 0, TimeProvider = _time });
        await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(1).Address, 10));
        Assert.Equal(0, await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(2).Address, 5)));
        for (var round = 1; round <= 4; round++)
        {
            await frontier.CompleteAsync((await frontier.LeaseAsync(10)).Leases.Select(static lease => new FrontierResult(lease, IsReachable: false)).ToArray());
            await frontier.EndRoundAsync(round);
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.InRange(await frontier.AddAsync(Ports(Gossip.GossipGen.IPv4(2).Address, 5)), 1, 5);
    }

    private static PeerAddress[] Ports(NetworkAddress host, int count) => [.. Enumerable.Range(1, count).Select(port => new PeerAddress(new(host, (ushort)port), 1, default))];
}
