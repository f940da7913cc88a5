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
}
