using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

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
        await using var first = await redis.JoinAsync(10, "new");
        Assert.Equal(FleetState.Settling, first.State);
        Assert.False(first.CanBegin);
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await first.Claims.TryClaimAsync(Address));
        await first.WhenReadyAsync(Token);

        await using var second = await redis.JoinAsync(10, "new");

        Assert.Equal(FleetState.Ready, second.State);
        Assert.True(long.Parse(second.Current.Token) > long.Parse(first.Current.Token));
    }

    [Fact]
    public async Task StateChanged_RedisIsPausedAndBack_IsRaisedOnceForEach()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync(10);
        var states = new ConcurrentQueue<FleetState>();
        fleet.StateChanged += (_, change) => states.Enqueue(change.State);

        redis.Pause();
        await RedisServer.RenewAsync(fleet);
        await Eventually.TrueAsync(() => states.Contains(FleetState.Lost));
        Assert.False(fleet.CanBegin);
        for (var i = 0; i < 5; i++)
            await Assert.ThrowsAsync<FleetUnavailableException>(async () => await fleet.Claims.TryClaimAsync(Address));
        redis.Resume();
        await redis.SettleAsync(fleet);
        await Eventually.TrueAsync(() => states.Contains(FleetState.Ready)); // The event comes after the state.
        for (var i = 0; i < 2; i++)
        {
            var beat = await redis.AskAsync("HGET", "connmgr:{test}:state", "beat");
            await Eventually.TrueAsync(async () =>
            {
                await RedisServer.RenewAsync(fleet);
                return !string.Equals(beat, await redis.AskAsync("HGET", "connmgr:{test}:state", "beat"), StringComparison.Ordinal);
            });
        }

        Assert.Equal(FleetState.Lost, states.First());
        Assert.Equal(FleetState.Ready, states.Last());
        Assert.Single(states, static state => state == FleetState.Lost);
        Assert.Single(states, static state => state == FleetState.Ready);
    }

    /// <summary>Where the monotonic clock stands still in a suspend, the system's clock tells that the session may have ended.</summary>
    [Theory]
    [InlineData(23, 23, true)]
    [InlineData(25, 25, false)]
    [InlineData(0, 25, false)] // A suspend.
    [InlineData(25, -3600, false)] // The clock was set back.
    [InlineData(23, -3600, true)]
    public async Task CanBegin_NotRenewed_IsFalseBeforeTheLeaseOf30SecondsEnds(int monotonic, int real, bool expected)
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new SetClock();
        await using var fleet = await FleetConnection.ConnectAsync(Options(redis, clock), Token);
        Assert.True(fleet.CanBegin);

        (clock.Monotonic, clock.Real) = (TimeSpan.FromSeconds(monotonic), TimeSpan.FromSeconds(real));

        Assert.Equal(expected, fleet.CanBegin);
        Assert.Equal(FleetState.Ready, fleet.State); // Nothing has noticed yet.
    }

    [Fact]
    public async Task StateChanged_AnUnexpectedException_IsAnOutageThatEnds()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new FaultyClock();
        await using var fleet = await FleetConnection.ConnectAsync(Options(redis, clock), Token);
        var changes = Channel.CreateUnbounded<FleetStateChangedEventArgs>();
        fleet.StateChanged += (_, change) => changes.Writer.TryWrite(change);

        clock.HasFault = true;
        await Eventually.TrueAsync(async () =>
        {
            await RedisServer.RenewAsync(fleet);
            return fleet.State == FleetState.Lost;
        });
        var lost = await changes.Reader.ReadAsync(Token);
        Assert.Equal((FleetState.Lost, "no time."), (lost.State, lost.Reason));

        clock.HasFault = false;
        Assert.NotEqual(FleetState.Lost, (await changes.Reader.ReadAsync(Token)).State);
    }

    /// <summary>The attempt can't be stopped, but it is awaited, and what it leads to is closed.</summary>
    [Fact]
    public async Task ConnectAsync_Cancelled_LeavesNoConnection()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var observer = await ConnectionMultiplexer.ConnectAsync($"{redis.EndPoint},allowAdmin=true");
        var server = observer.GetServers()[0];
        var (received, open) = (await CountAsync("total_connections_received"), await CountAsync("connected_clients"));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FleetConnection.ConnectAsync(Options(redis, TimeProvider.System), cancelled.Token));

        Assert.True(await CountAsync("total_connections_received") > received); // The server has also seen the ends that came before this.
        Assert.Equal(open, await CountAsync("connected_clients"));

        async Task<int> CountAsync(string name) =>
            int.Parse((await server.InfoAsync()).SelectMany(static section => section).Single(pair => string.Equals(pair.Key, name, StringComparison.Ordinal)).Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task DisposeAsync_RedisAway_Ends()
    {
        await using var redis = await RedisServer.StartAsync();
        var fleet = await redis.JoinAsync();
        await redis.KillAsync();
        await fleet.DisposeAsync();
        await fleet.DisposeAsync();
    }

    [Fact]
    public async Task WhenReadyAsync_Disposed_Throws()
    {
        await using var redis = await RedisServer.StartAsync();
        var fleet = await redis.JoinAsync(fleet: "new");
        var ready = fleet.WhenReadyAsync(Token);
        await fleet.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ready);
    }

    private static FleetOptions Options(RedisServer redis, TimeProvider clock) =>
        new() { Redis = redis.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30), TimeProvider = clock };

    /// <summary>Clocks that are set. No timer ends, so nothing is renewed.</summary>
    private sealed class SetClock : FakeTimeProvider
    {
        public TimeSpan Monotonic { get; set; }

        public TimeSpan Real { get; set; }

        public override long GetTimestamp() => Monotonic.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Real;
    }

    private sealed class FaultyClock : TimeProvider
    {
        private volatile bool _hasFault;

        public bool HasFault
        {
            set => _hasFault = value;
        }

        public override DateTimeOffset GetUtcNow() => _hasFault ? throw new InvalidOperationException("no time") : base.GetUtcNow();
    }
}
