using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Fleet.Tests;

public class FleetConnectionTests
{
    private static readonly IPEndPoint Address = IPEndPoint.Parse("203.0.113.7:8333");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectAsync_NoServer_NamesItAndTheRemedy()
    {
        var address = Loopback.NextAddress();

        var exception = await Assert.ThrowsAsync<FleetUnavailableException>(
            () => FleetConnection.ConnectAsync(new FleetOptions { Redis = $"{address}:1,connectTimeout=1000" }, Token));

        Assert.Contains($"{address}:1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("redis-server", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetErrors_OptionsThatAreWrong_NamesAll()
    {
        var errors = new FleetOptions { Redis = " ", Fleet = "a b", LeaseDuration = TimeSpan.FromMinutes(1), TimeProvider = null! }.GetErrors();

        Assert.Equal(["Redis", "Fleet", "LeaseDuration", "TimeProvider"], errors.Select(static error => error.Split(' ')[0]), StringComparer.Ordinal);
        Assert.Empty(new FleetOptions { Redis = "127.0.0.1:6379" }.GetErrors());
    }

    /// <summary>Redis may have forgotten everything, so the first process can't know that there are no others.</summary>
    [Fact]
    public async Task ConnectAsync_NewFleet_SettlesForOneLease()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync(3);
        Assert.Equal(FleetState.Settling, first.State);
        Assert.False(first.CanBegin);
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await first.Claims.TryClaimAsync(Address));
        await first.WhenReadyAsync(Token);

        await using var second = await redis.JoinAsync(3);

        Assert.True(second.CanBegin);
        Assert.True(long.Parse(second.Current.Token) > long.Parse(first.Current.Token));
    }

    [Fact]
    public async Task StateChanged_RedisIsPausedAndBack_IsRaisedOnceForEach()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync(3);
        await fleet.WhenReadyAsync(Token);
        var states = new ConcurrentQueue<FleetState>();
        fleet.StateChanged += (_, change) => states.Enqueue(change.State);

        redis.Pause();
        await Eventually.TrueAsync(() => !states.IsEmpty);
        Assert.False(fleet.CanBegin);
        for (var i = 0; i < 5; i++)
            await Assert.ThrowsAsync<FleetUnavailableException>(async () => await fleet.Claims.TryClaimAsync(Address));
        redis.Resume();
        await fleet.WhenReadyAsync(Token);
        for (var i = 0; i < 2; i++)
        {
            var beat = await redis.AskAsync("HGET", "connmgr:{test}:state", "beat");
            await Eventually.TrueAsync(async () => !string.Equals(beat, await redis.AskAsync("HGET", "connmgr:{test}:state", "beat"), StringComparison.Ordinal));
        }

        Assert.Equal(FleetState.Lost, states.First());
        Assert.Equal(FleetState.Ready, states.Last());
        Assert.Single(states, static state => state == FleetState.Lost);
        Assert.Single(states, static state => state == FleetState.Ready);
    }

    [Fact]
    public async Task CanBegin_RenewalsFail_IsFalseBeforeTheLeaseEnds()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync(2);
        await fleet.WhenReadyAsync(Token);

        redis.Pause();
        await Eventually.TrueAsync(() => !fleet.CanBegin);
        redis.Resume();

        // The server's clock went on: what was not renewed in time has ended there, and no dial was begun meanwhile.
        await fleet.WhenReadyAsync(Token);
        Assert.NotNull(await fleet.Claims.TryClaimAsync(Address));
    }

    [Fact]
    public async Task DisposeAsync_RedisAway_Ends()
    {
        await using var redis = await RedisServer.StartAsync();
        var fleet = await redis.JoinAsync(3);
        await redis.KillAsync();
        await fleet.DisposeAsync();
        await fleet.DisposeAsync();
    }

    [Fact]
    public async Task WhenReadyAsync_Disposed_Throws()
    {
        await using var redis = await RedisServer.StartAsync();
        var fleet = await redis.JoinAsync(30);
        var ready = fleet.WhenReadyAsync(Token);
        await fleet.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ready);
    }
}
