namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The effect of a wrong clock on the bans of a network. In real time except for the steps; every wait is for a state.</summary>
public class PeerNetworkClockTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly SteppedTime _time = new();

    [Fact]
    public async Task Bans_ClockFarAheadForAWhile_HoldAfterwardsAndStayInTheFile()
    {
        await using var world = new BookedSandbox();
        await using (var network = await StartAsync(world))
        {
            network.Bans.Add(BanTarget.Parse("192.0.2.1"), TimeSpan.FromDays(7));
            _time.Wall = TimeSpan.FromDays(400);
            network.Bans.Add(BanTarget.Parse("192.0.2.2"), TimeSpan.FromDays(7));
            await network.FlushBansAsync(Cancellation);
            Assert.Equal("192.0.2.2/32", Assert.Single(network.Bans.GetBans()).Target.ToString());
        }

        Assert.Contains("192.0.2.1/32", await File.ReadAllTextAsync(world.Files.Bans, Cancellation), StringComparison.Ordinal);
        await using var again = await StartAsync(world);
        Assert.False(again.Bans.IsBanned(NetworkAddress.Parse("192.0.2.1")));
        again.Bans.Add(BanTarget.Parse("192.0.2.3"));
        await again.FlushBansAsync(Cancellation);
        Assert.Contains("192.0.2.1/32", await File.ReadAllTextAsync(world.Files.Bans, Cancellation), StringComparison.Ordinal);

        _time.Wall = TimeSpan.Zero;

        Assert.True(again.Bans.IsBanned(NetworkAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public async Task Bans_PeersHaveAgreedWithTheClockForAnHour_EndedOnesLeaveTheFile()
    {
        await using var world = new BookedSandbox();
        await using var network = await StartAsync(world);
        await network.WhenFullAsync(Cancellation);
        network.Bans.Add(BanTarget.Parse("192.0.2.1"), TimeSpan.FromMinutes(1));
        _time.Elapsed = TimeSpan.FromMinutes(2);
        network.Bans.Add(BanTarget.Parse("192.0.2.2"), TimeSpan.FromDays(1));
        await network.FlushBansAsync(Cancellation);
        Assert.Contains("192.0.2.1/32", await File.ReadAllTextAsync(world.Files.Bans, Cancellation), StringComparison.Ordinal);

        await Eventually.TrueAsync(async () =>
        {
            _time.Elapsed += TimeSpan.FromMinutes(61); // The handlers of five groups may not have begun before.
            network.Bans.Remove(BanTarget.Parse("192.0.2.3"));
            network.Bans.Add(BanTarget.Parse("192.0.2.3"), TimeSpan.FromDays(1));
            await network.FlushBansAsync(Cancellation);
            return !(await File.ReadAllTextAsync(world.Files.Bans, Cancellation)).Contains("192.0.2.1/32", StringComparison.Ordinal);
        });
    }

    private async Task<PeerNetwork> StartAsync(BookedSandbox world)
    {
        var options = world.Options(keeps: true);
        options.TimeProvider = _time;
        var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        return network;
    }

    /// <summary>The system's clocks: the one that can be set, and both together.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Wall { get; set; }

        public TimeSpan Elapsed { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Wall + Elapsed;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(Elapsed.TotalSeconds * TimestampFrequency);
    }
}
