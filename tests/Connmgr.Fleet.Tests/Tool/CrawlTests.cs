using System.Text.Json;
using Connmgr.Testing;

namespace Connmgr.Fleet.Tests;

/// <summary><c>connmgr crawl</c> in a fleet.</summary>
public class CrawlTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Of three processes one is killed. The others end the round, and no address was visited twice.</summary>
    [Fact]
    public async Task Crawl_ThreeProcessesOfWhichOneIsKilled_VisitEachAddressOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        string[] arguments = ["crawl", "--sandbox", "300", "--once", "--json", "--rate", "50/50", "--redis", redis.EndPoint];
        await using var first = new ToolProcess(arguments);
        await using var second = new ToolProcess(arguments);
        await using var killed = new ToolProcess(arguments);

        await Eventually.TrueAsync(() => killed.Has("\"address\"") && first.Has("\"address\"") && second.Has("\"address\""));
        await killed.KillAsync();
        Assert.Equal(0, await first.WaitAsync());
        Assert.Equal(0, await second.WaitAsync());

        var addresses = new[] { first, second, killed }.SelectMany(static run => run.Lines)
            .Where(static line => line.StartsWith('{') && line.EndsWith('}')).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("address").GetString()).ToArray();
        Assert.Equal(addresses.Length, addresses.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("2", await redis.AskAsync("HGET", "connmgr:{sandbox}:frontier:sandbox:round", "round"));
        Assert.InRange(addresses.Length, 200, 300);
    }

    /// <summary>Another process of the fleet holds every second address: the crawl dials none of them, and ends its round.</summary>
    [Fact]
    public async Task Crawl_BesideAProcessWithClaims_LeavesOutItsAddresses()
    {
        const int Peers = 40;
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync();
        await using var sandbox = new SandboxNetwork(new() { Peers = Peers }); // That of the command has the same addresses.
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var host in sandbox.Hosts.Where(static (_, i) => i % 2 == 0))
        {
            Assert.NotNull(await fleet.Claims.TryClaimAsync(host.EndPoint, cancellationToken: Token));
            held.Add(host.EndPoint.ToString()!);
        }

        await using var crawl = new ToolProcess("crawl", "--sandbox", "40", "--once", "--json", "--redis", redis.EndPoint, "--fleet", "test");
        Assert.Equal(0, await crawl.WaitAsync());

        var visited = crawl.Lines.Where(static line => line.StartsWith('{') && line.EndsWith('}'))
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("address").GetString()!).ToArray();
        Assert.NotEmpty(visited);
        Assert.DoesNotContain(visited, held.Contains);
        Assert.All(visited, address => Assert.Contains(sandbox.Hosts, host => string.Equals(host.EndPoint.ToString(), address, StringComparison.Ordinal)));
        Assert.Equal("2", await redis.AskAsync("HGET", "connmgr:{test}:frontier:sandbox:round", "round"));
    }

    /// <summary>The round has ended, and the next begins in an hour.</summary>
    [Fact]
    public async Task Crawl_OnceAfterTheRound_EndsWithWhatItGave()
    {
        await using var redis = await RedisServer.StartAsync();
        string[] arguments = ["crawl", "--sandbox", "20", "--json", "--redis", redis.EndPoint];
        await using var all = new ToolProcess([.. arguments, "--revisit", "1h"]);
        await Eventually.TrueAsync(async () => await redis.AskAsync("HGET", "connmgr:{sandbox}:frontier:sandbox:round", "round") is "2");

        await using var late = new ToolProcess([.. arguments, "--once"]);
        Assert.Equal(0, await late.WaitAsync());

        Assert.Contains(late.Lines, static line => line.Contains("the fleet has ended round 1, and nothing is due for", StringComparison.Ordinal));
        Assert.DoesNotContain(late.Lines, static line => line.Contains("\"address\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Crawl_RedisIsAwayAtTheStart_WaitsForIt()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var crawl = new ToolProcess("crawl", "--sandbox", "20", "--once", "--json", "--redis", redis.EndPoint);
        await Eventually.TrueAsync(() => crawl.Has("Waiting for it."));
        await redis.StartAgainAsync();

        Assert.Equal(0, await crawl.WaitAsync());
        Assert.Contains(crawl.Lines, static line => line.Contains("fleet sandbox: Redis answers.", StringComparison.Ordinal));
        Assert.Contains(crawl.Lines, static line => line.Contains("\"address\"", StringComparison.Ordinal));
        Assert.Single(crawl.Lines, static line => line.Contains("Waiting for it.", StringComparison.Ordinal));
    }
}
