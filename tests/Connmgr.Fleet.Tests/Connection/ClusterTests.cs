using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Fleet.Tests;

/// <summary>
/// All that a fleet does, on a cluster. Scripts build names of keys that they did not declare; a cluster runs them since all keys of a fleet
/// have one hash tag.
/// </summary>
public class ClusterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fleet_OnACluster_ClaimsBansAndCrawls()
    {
        await using var redis = await RedisServer.StartClusterAsync();
        await using var first = await redis.JoinAsync();
        await using var second = await redis.JoinAsync();
        await Task.WhenAll(first.WhenReadyAsync(Token), second.WhenReadyAsync(Token));

        var address = IPEndPoint.Parse("203.0.113.7:8333");
        Assert.NotNull(await first.Claims.TryClaimAsync(address));
        Assert.Null(await second.Claims.TryClaimAsync(address));

        var (reputation, others) = (new PeerReputation(), new PeerReputation());
        await using var shared = await SharedReputation.StartAsync(first, reputation, Token);
        await using var sharedByOthers = await SharedReputation.StartAsync(second, others, Token);
        reputation.Bans.Add(BanTarget.Parse("203.0.113.0/24"));
        reputation.Discouraged.Add(NetworkAddress.Parse("198.51.100.1"));
        await Eventually.TrueAsync(() => others.Bans.IsBanned(NetworkAddress.Parse("203.0.113.7")) && others.Discouraged.Contains(NetworkAddress.Parse("198.51.100.1")));

        var options = new FrontierOptions { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 1, MaxFailures = 1 };
        var frontier = new RedisFrontier(first, options);
        PeerAddress[] nodes = [.. Enumerable.Range(0, 20).Select(static i => new PeerAddress(new(NetworkAddress.Parse($"20.{i % 19}.0.1"), (ushort)(8000 + i)), 1, default))];
        Assert.Equal(20, await frontier.AddAsync(nodes, Token));
        var leases = (await new RedisFrontier(second, options).LeaseAsync(100, Token)).Leases;
        Assert.Equal(19, leases.Length); // One waits for its netgroup.
        Assert.All(await frontier.RenewAsync(leases.ToArray(), Token), Assert.True);
        await frontier.ReleaseAsync(leases.AsMemory()[..1], Token);
        Assert.All(
            await frontier.CompleteAsync(leases.Skip(1).Select(static lease => new FrontierResult(lease, IsReachable: true) { Record = new byte[8] }).ToArray(), Token),
            Assert.True);
        Assert.False(await frontier.EndRoundAsync(1, Token));
        var records = 0;
        await foreach (var record in frontier.GetRecordsAsync(Token))
            records += record.Data.Length / 8;
        Assert.Equal((18, 18), (records, (int)(await frontier.GetStatusAsync(Token)).Completed));
    }
}
