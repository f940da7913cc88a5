using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Fleet.Tests;

/// <summary>A frontier that several processes share, while processes and Redis fail.</summary>
public class SharedFrontierTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static FrontierOptions Options => new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0, LeasePeriod = TimeSpan.FromSeconds(5), RevisitPeriod = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Round_OfSeveralProcessesOfWhichOneDies_VisitsEachAddressOnce()
    {
        const int Count = 3000;
        await using var redis = await RedisServer.StartAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        await using var dead = await redis.JoinAsync();
        await Task.WhenAll(first.WhenReadyAsync(Token), second.WhenReadyAsync(Token), dead.WhenReadyAsync(Token));
        Assert.Equal(Count, await new RedisFrontier(first, Options).AddAsync(Nodes(Count)));
        Assert.Equal(0, await new RedisFrontier(second, Options).AddAsync(Nodes(Count)));
        var lost = (await new RedisFrontier(dead, Options).LeaseAsync(100)).Leases;
        Assert.Equal(100, lost.Length);

        var visits = new ConcurrentQueue<NetworkEndPoint>();
        var ended = await Task.WhenAll(new[] { first, second, first, second }.Select(fleet => Task.Run(() => CrawlAsync(fleet))));

        Assert.Equal(Count, visits.Count);
        Assert.Equal(Count, visits.Distinct().Count());
        Assert.Single(ended, static each => each);
        Assert.Equal(2, (await new RedisFrontier(first, Options).GetStatusAsync(Token)).Round);
        Assert.All(await new RedisFrontier(dead, Options).CompleteAsync(lost.Select(static lease => new FrontierResult(lease, IsReachable: true)).ToArray()), Assert.False);

        async Task<bool> CrawlAsync(FleetConnection fleet)
        {
            var frontier = new RedisFrontier(fleet, Options);
            while (true)
            {
                var grant = await frontier.LeaseAsync(37, Token);
                if (grant.IsRoundOver)
                    return await frontier.EndRoundAsync(1, Token);
                if (grant.Round == 2)
                    return false;
                var accepted = await frontier.CompleteAsync(grant.Leases.Select(static lease => new FrontierResult(lease, lease.Token % 2 == 0)).ToArray(), Token);
                for (var i = 0; i < accepted.Length; i++)
                {
                    if (accepted[i])
                        visits.Enqueue(grant.Leases[i].EndPoint);
                }

                if (grant.Leases.IsEmpty)
                    await Task.Delay(grant.RetryAfter < TimeSpan.FromMilliseconds(50) ? grant.RetryAfter : TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
            }
        }
    }

    /// <summary>What Redis did before its answer was lost counts once, and for the caller that makes the call again.</summary>
    [Fact]
    public async Task Calls_WhoseAnswersAreLost_AreAnsweredWhenMadeAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CutOff(redis.EndPoint);
        await using var fleet = await FleetConnection.ConnectAsync(new() { Redis = way.EndPoint, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30) }, Token);
        await using var others = await redis.JoinAsync();
        await Task.WhenAll(fleet.WhenReadyAsync(Token), others.WhenReadyAsync(Token));
        var options = Options;
        options.LeasePeriod = TimeSpan.FromMinutes(1); // Longer than any pause of a slow machine.
        var frontier = new RedisFrontier(fleet, options);
        var other = new RedisFrontier(others, options);
        await frontier.AddAsync(Nodes(250), Token);
        var results = (await frontier.LeaseAsync(250, Token)).Leases.Select(static lease => new FrontierResult(lease, IsReachable: true)).ToArray();

        Assert.All(await frontier.CompleteAsync(results.AsMemory(0, 1), Token), Assert.True);
        Assert.All(await LoseAnswerAsync(() => frontier.CompleteAsync(results.AsMemory(1), Token).AsTask(), "completed", "250"), Assert.True);
        Assert.All(await frontier.CompleteAsync(results, Token), Assert.False);
        Assert.Equal(250, (await frontier.GetStatusAsync(Token)).Completed);

        await Eventually.TrueAsync(() => TryAsync(async () => (await frontier.LeaseAsync(1, Token)).IsRoundOver)); // The fleet is ready again.
        Assert.True(await LoseAnswerAsync(() => frontier.EndRoundAsync(1, Token).AsTask(), "round", "2"));
        Assert.False(await frontier.EndRoundAsync(1, Token));
        Assert.False(await other.EndRoundAsync(1, Token));
        Assert.Equal(2, (await frontier.GetStatusAsync(Token)).Round);

        async Task<T> LoseAnswerAsync<T>(Func<Task<T>> call, string field, string value)
        {
            way.HoldAnswers();
            var first = call();
            await Eventually.TrueAsync(async () => string.Equals(await redis.AskAsync("HGET", "connmgr:{test}:frontier:crawl:round", field), value, StringComparison.Ordinal));
            way.Cut();
            await Assert.ThrowsAsync<FrontierUnavailableException>(() => first);
            way.Restore();
            while (true)
            {
                try
                {
                    return await call();
                }
                catch (FrontierUnavailableException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
                }
            }
        }
    }

    [Theory]
    [InlineData(Fault.Restart)]
    [InlineData(Fault.RestartWithoutData)]
    [InlineData(Fault.NoAnswer)]
    [InlineData(Fault.Failover)]
    public async Task Leases_AfterAFault_AreTheHoldersAndNoAddressIsLost(Fault fault)
    {
        await using var redis = await RedisServer.StartAsync(persists: fault == Fault.Restart);
        await using var replica = fault == Fault.Failover ? await RedisServer.StartAsync(replicaOf: redis) : null;
        await using var way = new CutOff(redis.EndPoint);
        var servers = fault == Fault.NoAnswer ? way.EndPoint : replica is null ? redis.EndPoint : $"{redis.EndPoint},{replica.EndPoint}";
        var clock = 1_800_000_000_000_000; // Of the leases, in microseconds.
        await using var first = await FleetConnection.ConnectAsync(Member(servers), Token);
        await using var second = await FleetConnection.ConnectAsync(Member(servers), Token);
        var states = new ConcurrentQueue<FleetState>();
        first.StateChanged += (_, change) => states.Enqueue(change.State);
        var (holder, other) = (new RedisFrontier(first, Options) { Clock = () => clock }, new RedisFrontier(second, Options) { Clock = () => clock });
        await holder.AddAsync(Nodes(20), Token);
        var leases = (await holder.LeaseAsync(5, Token)).Leases;
        Assert.Equal(5, leases.Length);
        var seen = first.Current;
        if (replica is not null)
            await Eventually.TrueAsync(async () => (await replica.AskAsync("ZCARD", "connmgr:{test}:frontier:crawl:ends")) is "5");

        if (fault == Fault.NoAnswer)
            way.Cut();
        else
            await redis.KillAsync();
        await Task.WhenAll(RedisServer.RenewAsync(first), RedisServer.RenewAsync(second));
        await Eventually.TrueAsync(() => first.State == FleetState.Lost && second.State == FleetState.Lost);
        await Assert.ThrowsAsync<FrontierUnavailableException>(async () => await other.LeaseAsync(1, Token));
        clock += 6_000_000; // All leases have ended.
        if (fault == Fault.NoAnswer)
        {
            await redis.AskAsync("HSET", "connmgr:{test}:state", "beat", 1); // The outage was long.
            way.Restore();
        }
        else if (replica is not null)
        {
            await replica.PromoteAsync();
        }
        else
        {
            await redis.StartAgainAsync();
        }

        // Leases are renewed, and none is given, for a lease period: here until the test ends it.
        var server = replica ?? redis;
        await Eventually.TrueAsync(() => states.Contains(FleetState.Settling));
        await server.AskAsync("HSET", "connmgr:{test}:state", "open", 4_102_444_800_000); // In 2100: each renewal makes it a lease period from then.
        await Eventually.TrueAsync(() => TryAsync(async () =>
        {
            Assert.All(await holder.RenewAsync(leases.ToArray(), Token), Assert.True);
            Assert.Empty((await other.LeaseAsync(20, Token)).Leases);
            return true;
        }));
        await server.SettleAsync(first, second);
        Assert.Equal(fault == Fault.RestartWithoutData, !string.Equals(seen.Epoch, first.Current.Epoch, StringComparison.Ordinal));

        if (fault == Fault.RestartWithoutData)
            Assert.Equal(15, await other.AddAsync(Nodes(20), Token)); // Heard of again.
        var rest = new HashSet<NetworkEndPoint>();
        await Eventually.TrueAsync(() => TryAsync(async () =>
        {
            Assert.All(await holder.RenewAsync(leases.ToArray(), Token), Assert.True);
            rest.UnionWith((await other.LeaseAsync(20, Token)).Leases.Select(static lease => lease.EndPoint));
            return rest.Count == 15;
        }));
        Assert.DoesNotContain(leases, lease => rest.Contains(lease.EndPoint));
        Assert.All(await holder.CompleteAsync(leases.Select(static lease => new FrontierResult(lease, IsReachable: true)).ToArray(), Token), Assert.True);
        Assert.Equal((20, 5), ((await holder.GetStatusAsync(Token)).Addresses, (int)(await holder.GetStatusAsync(Token)).Completed));

        static FleetOptions Member(string servers) => new() { Redis = servers, Fleet = "test", LeaseDuration = TimeSpan.FromSeconds(30) };
    }

    /// <summary>The promise of 200 bytes for each address, records apart; with an effort of 10 of 1,000,000.</summary>
    [Fact]
    public async Task Add_ManyAddresses_TakesLittleMemory()
    {
        var count = Effort.Of(100_000);
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync();
        await fleet.WhenReadyAsync(Token);
        var options = Options;
        options.MaxAddresses = count;
        options.MaxAddressesPerNetgroup = 0;
        options.VisitsPerSecondPerNetgroup = 5;
        var frontier = new RedisFrontier(fleet, options);
        var before = await GetMemoryAsync(redis);
        var start = TimeProvider.System.GetTimestamp();

        Assert.Equal(count, await frontier.AddAsync(Nodes(count), Token));
        var added = TimeProvider.System.GetElapsedTime(start);
        var bytes = (await GetMemoryAsync(redis) - before) / count;
        var leases = (await frontier.LeaseAsync(1000, Token)).Leases;

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} addresses: {bytes} bytes each, added in {added.TotalSeconds:F1} s, {leases.Length} leased"));
        Assert.InRange(bytes, 20, 200);
    }

    private static async Task<bool> TryAsync(Func<Task<bool>> call)
    {
        try
        {
            return await call();
        }
        catch (FrontierUnavailableException)
        {
            return false; // Redis is not back yet.
        }
    }

    private static async Task<long> GetMemoryAsync(RedisServer redis)
    {
        var line = (await redis.AskAsync("INFO", "memory")).Split('\n').Single(static line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Addresses of all sizes: one in eight IPv6, one in eight of Tor.</summary>
    private static PeerAddress[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(static number => new PeerAddress(new(CreateAddress(number), 8333), 1, default))];

    private static NetworkAddress CreateAddress(int number)
    {
        Span<byte> bytes = stackalloc byte[32];
        bytes.Fill(0x5a);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes[10..], number);
        switch (number % 8)
        {
            case 0:
                bytes[0] = 0x2a;
                return NetworkAddress.FromIPAddress(new IPAddress(bytes[..16]));
            case 1:
                _ = NetworkAddress.ReadBip155(4, bytes, out var onion);
                return onion;
            default:
                return NetworkAddress.FromIPAddress(new IPAddress([(byte)(20 + (number >> 24)), (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
        }
    }

    public enum Fault
    {
        Restart,
        RestartWithoutData,
        NoAnswer,
        Failover,
    }
}
