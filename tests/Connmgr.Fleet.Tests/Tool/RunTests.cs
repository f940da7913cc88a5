namespace Connmgr.Fleet.Tests;

/// <summary><c>connmgr run</c> in a fleet.</summary>
public class RunTests
{
    /// <summary>Both processes crawl the same sandbox, which is the same in each: they share its addresses, so each holds others.</summary>
    [Fact]
    public async Task Run_TwoProcesses_HoldDifferentPeers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = new ToolProcess("run", "--network", "sandbox", "--redis", redis.EndPoint, "--json");
        await using var second = new ToolProcess("run", "--network", "sandbox", "--redis", redis.EndPoint, "--json");

        await Eventually.TrueAsync(async () => (await redis.AskAsync("HLEN", "connmgr:{sandbox}:claims")) is { } text && int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) >= 16);
        await Eventually.TrueAsync(() => first.Has("ready") && second.Has("fleet sandbox"));
    }

    [Fact]
    public async Task Run_RedisIsAwayAtTheStart_DialsWhenItAnswers()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var run = new ToolProcess("run", "--network", "sandbox", "--redis", redis.EndPoint, "--json");
        await Eventually.TrueAsync(() => run.Has("No peer is dialled before it answers.") && run.Has("the source of addresses does not answer"));
        Assert.DoesNotContain(run.Lines, static line => line.Contains("\"connected\"", StringComparison.Ordinal));
        await redis.StartAgainAsync();

        await Eventually.TrueAsync(() => run.Has("\"connected\"") && run.Has("fleet sandbox: ready."));
        Assert.DoesNotContain(run.Lines, static line => line.Contains("Redis was lost.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "crawl", "--sandbox", "20")]
    [InlineData(",password=wrong", "crawl", "--sandbox", "20")]
    [InlineData("", "run", "--network", "sandbox")]
    [InlineData(",password=wrong", "run", "--network", "sandbox")]
    public async Task Start_WrongPassword_EndsAtOnce(string settings, params string[] command)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.AskAsync("CONFIG", "SET", "requirepass", "right");
        await using var run = new ToolProcess([.. command, "--redis", redis.EndPoint + settings]);

        Assert.Equal(1, await run.WaitAsync());
        Assert.DoesNotContain(run.Lines, static line => line.Contains("Waiting for it.", StringComparison.Ordinal) || line.Contains("before it answers", StringComparison.Ordinal));
    }
}
