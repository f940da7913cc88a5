using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Connmgr.Interop;
using StackExchange.Redis;

namespace Connmgr.Fleet.Tests;

/// <summary>A redis-server of one test, at an address of its own.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int Port = 6379;
    private const string State = "connmgr:{test}:state";
    private const int SigStop = 19;
    private const int SigCont = 18;

    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-redis-").FullName;
    private readonly IPAddress _address = Loopback.NextAddress();
    private readonly bool _persists;
    private readonly IDisposable _removal;
    private Process? _process;
    private IDisposable? _reap;

    private RedisServer(bool persists)
    {
        _persists = persists;
        _removal = Reaper.Instance.Add($"rm -rf {_folder}");
    }

    public string EndPoint => $"{_address}:{Port}";

    /// <summary>The reason why there is none, as ./test gives it; null if there is one.</summary>
    public static string? Missing { get; } = Environment.GetEnvironmentVariable("CONNMGR_NO_REDIS") is { Length: > 0 } reason
        ? reason
        : FindProgram() is null ? "no program redis-server (Debian package redis-server); run ./test, which installs it" : null;

    /// <summary>
    /// Starts a server. Skips the test where there is none. Its fleet "test" is one that has been there for long: new work may begin at once.
    /// </summary>
    /// <param name="persists">True to write each change to a file, so that a restart keeps it.</param>
    /// <param name="replicaOf">The server to copy.</param>
    public static async Task<RedisServer> StartAsync(bool persists = false, RedisServer? replicaOf = null)
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var server = new RedisServer(persists);
        await server.StartAgainAsync(replicaOf is null ? [] : ["--replicaof", $"{replicaOf._address}", $"{Port}"]);
        if (replicaOf is null)
        {
            var run = (await server.AskAsync("INFO", "server")).Split("run_id:")[1][..40];
            await server.AskAsync("HSET", State, "epoch", "0", "run", run, "open", 0);
        }
        else
        {
            await Eventually.TrueAsync(async () => (await server.AskAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal));
        }

        return server;
    }

    /// <summary>Starts a cluster of one server, which has all slots. It checks as every cluster does that the keys of a call are in one slot.</summary>
    public static async Task<RedisServer> StartClusterAsync()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var server = new RedisServer(persists: false);
        await server.StartAgainAsync("--cluster-enabled", "yes", "--cluster-announce-ip", $"{server._address}");
        await server.AskAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
        await Eventually.TrueAsync(async () => (await server.AskAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal));
        return server;
    }

    public async Task StartAgainAsync(params string[] more)
    {
        string[] arguments =
        [
            "--bind", $"{_address}", "--port", $"{Port}", "--dir", _folder, "--save", "", "--appendonly", _persists ? "yes" : "no", "--appendfsync", "always",
            "--repl-diskless-sync-delay", "0", .. more,
        ];
        _process = Process.Start(new ProcessStartInfo(FindProgram()!, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _reap = Reaper.Instance.Add($"kill -KILL {_process.Id}");
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(_process.HasExited, "redis-server did not start.");
            try
            {
                using var first = new TcpClient();
                await first.ConnectAsync(_address, Port, TestContext.Current.CancellationToken); // Fails at once while there is no server.
                return (await AskAsync("PING")).Contains("PONG", StringComparison.Ordinal);
            }
            catch (Exception exception) when (exception is RedisException or SocketException)
            {
                return false;
            }
        });
    }

    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _reap!.Dispose();
        _process = null;
    }

    public void Pause() => Assert.Equal(0, Signal(_process!.Id, SigStop));

    public void Resume() => Assert.Equal(0, Signal(_process!.Id, SigCont));

    /// <summary>Waits until Redis answers processes again, and ends the time in which it accepts renewals only.</summary>
    public async Task SettleAsync(params FleetConnection[] fleet)
    {
        await Eventually.TrueAsync(() => Array.TrueForAll(fleet, static each => each.State != FleetState.Lost));
        await AskAsync("HSET", State, "open", 0);
        foreach (var each in fleet)
        {
            await RenewAsync(each);
            await each.WhenReadyAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Makes a process renew its session at once, as after any call that failed.</summary>
    public static Task RenewAsync(FleetConnection fleet) =>
        Assert.ThrowsAsync<FleetUnavailableException>(() => fleet.CallAsync<int>(static () => throw new TimeoutException()));

    /// <summary>Makes a replica the server that takes changes.</summary>
    public Task PromoteAsync() => AskAsync("REPLICAOF", "NO", "ONE");

    /// <summary>Asks for something, over a connection of its own.</summary>
    public async Task<string> AskAsync(string command, params object[] arguments)
    {
        var configuration = ConfigurationOptions.Parse($"{EndPoint},allowAdmin=true,connectTimeout=2000");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        return (string?)await connection.GetServers()[0].ExecuteAsync(command, arguments) ?? "";
    }

    public Task<FleetConnection> JoinAsync(double leaseSeconds = 30, string fleet = "test", RedisServer? other = null) =>
        FleetConnection.ConnectAsync(new FleetOptions
        {
            Redis = other is null ? EndPoint : $"{EndPoint},{other.EndPoint}",
            Fleet = fleet,
            LeaseDuration = TimeSpan.FromSeconds(leaseSeconds),
        });

    /// <summary>Starts a process of a fleet that claims addresses; completes when it holds them.</summary>
    public async Task<Process> StartWorkerAsync(double leaseSeconds, params string[] addresses)
    {
        // A test program may be run by dotnet, which then is the process.
        var isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet";
        string[] arguments = [.. isHosted ? [typeof(Worker).Assembly.Location] : Array.Empty<string>(), "worker", EndPoint, "test", leaseSeconds.ToString(CultureInfo.InvariantCulture), .. addresses];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        var worker = Process.Start(start)!;
        _workers.Add((worker, Reaper.Instance.Add($"kill -KILL {worker.Id}")));
        Assert.Equal("claimed", await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return worker;
    }

    private readonly List<(Process Process, IDisposable Reap)> _workers = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var (worker, reap) in _workers)
        {
            if (!worker.HasExited)
                worker.Kill();
            await worker.WaitForExitAsync();
            worker.Dispose();
            reap.Dispose();
        }

        await KillAsync();
        Directory.Delete(_folder, recursive: true);
        _removal.Dispose();
    }

    private static string? FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(static folder => Path.Combine(folder, "redis-server"))
        .FirstOrDefault(File.Exists);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}

internal static class FleetConnectionExtensions
{
    /// <summary>Takes an address from whoever holds it, as if the lease of that process had ended.</summary>
    public static Task TakeAsync(this FleetConnection fleet, EndPoint address) =>
        fleet.Database.HashSetAsync(fleet.Keys.Claims, AddressClaims.GetKey(address), fleet.Current.Token);
}
