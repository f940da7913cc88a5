using Connmgr.Bitcoin;
using Connmgr.Bitcoin.Tests.Crawling;

namespace Connmgr.Fleet.Tests;

/// <summary>The frontier in Redis does what all frontiers do. Its scripts get a clock that the tests move.</summary>
public sealed class RedisFrontierTests : FrontierContract, IAsyncLifetime
{
    private long _clock = 1_800_000_000_000_000; // Microseconds.
    private RedisServer? _redis;
    private FleetConnection? _fleet;
    private int _frontiers;

    protected override int Iterations => Effort.Of(20);

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _fleet = await _redis.JoinAsync();
        await _fleet.WhenReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    protected override Task<IFrontier> CreateAsync(FrontierOptions options) => Task.FromResult<IFrontier>(
        new RedisFrontier(_fleet!, options, $"{++_frontiers}") { Clock = () => _clock });

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _clock += (time.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;
        return Task.CompletedTask;
    }
}
