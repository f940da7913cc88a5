using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Fleet.Tests;

/// <summary>The log lines of a fleet: one for each thing that happens to it, however many addresses that concerns.</summary>
public sealed class FleetLogTests : IDisposable
{
    private readonly TestLog _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_RedisIsRestarted_TellsOfTheOutageAndOfWhatItForgot(bool persists)
    {
        await using var redis = await RedisServer.StartAsync(persists);
        await using var fleet = await JoinAsync(redis);
        Assert.Equal("The fleet test is ready: new work may begin.", Assert.Single(_log.Of(1100)));
        var changes = new ConcurrentQueue<FleetState>();
        fleet.StateChanged += (_, change) => changes.Enqueue(change.State);

        await redis.KillAsync();
        await RedisServer.RenewAsync(fleet);
        await Eventually.TrueAsync(() => fleet.State == FleetState.Lost);
        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAsync<FleetUnavailableException>(async () => await fleet.Claims.TryClaimAsync(Address(i)));
        await redis.StartAgainAsync();
        await redis.SettleAsync(fleet);

        await Eventually.TrueAsync(() => changes.Contains(FleetState.Ready)); // The lines come after the state, and before the event.
        Assert.StartsWith("The fleet test is without Redis: ", _log.Of(1102)[0], StringComparison.Ordinal);
        Assert.Equal((persists ? 0 : 1, persists ? 1 : 0), (_log.Of(1103).Count, _log.Of(1104).Count));
        Assert.Equal("3 addresses could not be claimed while Redis was away, and were not dialled.", Assert.Single(_log.Of(1106)));
        Assert.StartsWith("Redis answers. Nothing new begins for 00:00:", _log.Of(1101)[0], StringComparison.Ordinal);
        await Eventually.TrueAsync(() =>
            (_log.Of(1102).Count, _log.Of(1101).Count, _log.Of(1100).Count - 1)
            == (changes.Count(static each => each == FleetState.Lost), changes.Count(static each => each == FleetState.Settling), changes.Count(static each => each == FleetState.Ready)));
    }

    [Fact]
    public async Task Log_OthersHaveClaimedAddresses_TellsTheNumberInOneLine()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await JoinAsync(redis);
        await using var other = await redis.JoinAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.NotNull(await fleet.Claims.TryClaimAsync(Address(i)));
            if (i < 3)
                await other.TakeAsync(Address(i));
        }

        await fleet.Claims.ReclaimAsync(fleet.Current.Token, Token);
        await fleet.Claims.ReclaimAsync(fleet.Current.Token, Token);

        Assert.Equal("Other processes have claimed 3 addresses while this one was away. Their connections are closed.", Assert.Single(_log.Of(1105)));
    }

    [Fact]
    public async Task Log_LeasesHaveEnded_TellsTheirNumberInOneLine()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await JoinAsync(redis);
        var clock = 1_800_000_000_000_000;
        var frontier = new RedisFrontier(fleet, new FrontierOptions { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0 }, "nodes") { Clock = () => clock };
        await frontier.AddAsync(Enumerable.Range(0, 10).Select(static i => new PeerAddress(new(NetworkAddress.Parse($"20.{i}.0.1"), 8333), 1, default)).ToArray(), Token);
        var leases = (await frontier.LeaseAsync(10, Token)).Leases;
        Assert.Equal(10, leases.Length);
        await frontier.ReleaseAsync(leases.AsMemory()[..4], Token);

        Assert.Equal(6, (await frontier.RenewAsync(leases.ToArray(), Token)).Count(static held => held));

        Assert.Equal("4 of 10 leases of the frontier nodes have ended: others visit the addresses.", Assert.Single(_log.Of(1107)));
        Assert.All(await frontier.RenewAsync(leases.AsMemory()[4..], Token), Assert.True);
        Assert.Single(_log.Of(1107));
    }

    [Fact]
    public async Task Log_BansOfTheFleet_TellsWhenTheyAreReadAndWhyAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await JoinAsync(redis);
        await using var other = await redis.JoinAsync();
        var reputation = new PeerReputation();
        reputation.Bans.Add(BanTarget.Parse("203.0.113.0/24"));
        await using (await SharedReputation.StartAsync(other, reputation, Token))
            reputation.Discouraged.Add(NetworkAddress.Parse("198.51.100.1"));

        await using var shared = await SharedReputation.StartAsync(fleet, new PeerReputation(), Token);
        Assert.Equal("The bans of the fleet were read: 1 bans and 1 discouraged hosts.", Assert.Single(_log.Of(1108)));

        await redis.AskAsync("XADD", "connmgr:{test}:changes", "*", "n", 99);
        await Eventually.TrueAsync(() => _log.Of(1108).Count > 1);
        Assert.Single(_log.Of(1109));
        Assert.Empty(_log.Of(1110));

        await redis.AskAsync("DEL", "connmgr:{test}:changes");
        await redis.AskAsync("SET", "connmgr:{test}:changes", "no stream");
        await Eventually.TrueAsync(() => _log.Of(1110).Count > 0);
        Assert.StartsWith("Bans can't be shared, and are tried again: ", _log.Of(1110)[0], StringComparison.Ordinal);
    }

    /// <summary>A server that can't be reached is tried again and again, in silence.</summary>
    [Fact]
    public async Task Start_NoServer_TellsOnceAndJoinsWhenItIsThere()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CutOff(redis.EndPoint);
        way.Cut();
        var options = Options(redis);
        options.Redis = $"{way.EndPoint},connectRetry=1";
        await using var fleet = FleetConnection.Create(options);
        Assert.Equal(FleetState.Lost, fleet.State);
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await fleet.Claims.TryClaimAsync(Address(0)));
        await Eventually.TrueAsync(() => fleet.Failure is not null);
        var tries = way.Tries;
        await Eventually.TrueAsync(() => way.Tries > tries + 4);

        way.Restore();
        await redis.SettleAsync(fleet);

        Assert.Null(fleet.Failure);
        Assert.NotNull(await fleet.Claims.TryClaimAsync(Address(0)));
        Assert.Equal("The fleet test is without Redis: it can't be reached. Connections stay, and nothing new begins until it is back.", Assert.Single(_log.Of(1102)));
    }

    private static IPEndPoint Address(int number) => new(new IPAddress([203, 0, 113, (byte)number]), 8333);

    private Task<FleetConnection> JoinAsync(RedisServer redis) => FleetConnection.ConnectAsync(Options(redis), Token);

    private FleetOptions Options(RedisServer redis) =>
        new() { Redis = redis.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30), LoggerFactory = _log.Factory };
}
