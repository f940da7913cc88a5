using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Connmgr.Interop;
using Connmgr.Testing;

namespace Connmgr.Fleet.Tests;

/// <summary>The program connmgr in a fleet.</summary>
public class RunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Both processes crawl the same sandbox, which is the same in each: they share its addresses, so each holds others.</summary>
    [Fact]
    public async Task Run_TwoProcesses_HoldDifferentPeers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = new Run("run", "--network", "sandbox", "--redis", redis.EndPoint, "--json");
        await using var second = new Run("run", "--network", "sandbox", "--redis", redis.EndPoint, "--json");

        await Eventually.TrueAsync(async () => (await redis.AskAsync("HLEN", "connmgr:{sandbox}:claims")) is { } text && int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) >= 16);
        await Eventually.TrueAsync(() => first.Has("ready") && second.Has("fleet sandbox"));
    }

    /// <summary>Of three processes one is killed. The others end the round, and no address was visited twice.</summary>
    [Fact]
    public async Task Crawl_ThreeProcessesOfWhichOneIsKilled_VisitEachAddressOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        string[] arguments = ["crawl", "--sandbox", "300", "--once", "--json", "--rate", "50/50", "--redis", redis.EndPoint];
        await using var first = new Run(arguments);
        await using var second = new Run(arguments);
        await using var killed = new Run(arguments);

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

        await using var crawl = new Run("crawl", "--sandbox", "40", "--once", "--json", "--redis", redis.EndPoint, "--fleet", "test");
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
        await using var all = new Run([.. arguments, "--revisit", "1h"]);
        await Eventually.TrueAsync(async () => await redis.AskAsync("HGET", "connmgr:{sandbox}:frontier:sandbox:round", "round") is "2");

        await using var late = new Run([.. arguments, "--once"]);
        Assert.Equal(0, await late.WaitAsync());

        Assert.Contains(late.Lines, static line => line.Contains("the fleet has ended round 1, and nothing is due for", StringComparison.Ordinal));
        Assert.DoesNotContain(late.Lines, static line => line.Contains("\"address\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Crawl_RedisIsAwayAtTheStart_WaitsForIt()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var crawl = new Run("crawl", "--sandbox", "20", "--once", "--json", "--redis", redis.EndPoint);
        await Eventually.TrueAsync(() => crawl.Has("Waiting for it."));
        await redis.StartAgainAsync();

        Assert.Equal(0, await crawl.WaitAsync());
        Assert.Contains(crawl.Lines, static line => line.Contains("fleet sandbox: Redis answers.", StringComparison.Ordinal));
        Assert.Contains(crawl.Lines, static line => line.Contains("\"address\"", StringComparison.Ordinal));
        Assert.Single(crawl.Lines, static line => line.Contains("Waiting for it.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",password=wrong")]
    public async Task Crawl_WrongPassword_EndsAtOnce(string settings)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.AskAsync("CONFIG", "SET", "requirepass", "right");
        await using var crawl = new Run("crawl", "--sandbox", "20", "--redis", redis.EndPoint + settings);

        Assert.Equal(1, await crawl.WaitAsync());
        Assert.DoesNotContain(crawl.Lines, static line => line.Contains("Waiting for it.", StringComparison.Ordinal));
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly IDisposable _reap;
        private readonly ConcurrentQueue<string> _lines = new();

        public Run(params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll"), .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("CONNMGR_", StringComparison.Ordinal)).ToArray())
                start.Environment.Remove(name);
            _process = Process.Start(start)!;
            _reap = Reaper.Instance.Add($"kill -KILL {_process.Id}");
            _process.StandardInput.Close();
            _process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
            _process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public IEnumerable<string> Lines => _lines;

        public bool Has(string text)
        {
            Assert.False(_process.HasExited, string.Join('\n', _lines));
            return _lines.Any(line => line.Contains(text, StringComparison.Ordinal));
        }

        public async Task<int> WaitAsync()
        {
            await _process.WaitForExitAsync(Token);
            return _process.ExitCode;
        }

        public async Task KillAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync(Token);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            await _process.WaitForExitAsync(Token);
            _process.Dispose();
            _reap.Dispose();
        }
    }
}
