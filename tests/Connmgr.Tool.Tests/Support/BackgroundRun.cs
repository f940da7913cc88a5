using System.Text.Json;
using Connmgr.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>A <c>connmgr run</c> in this process, and the commands that steer it. Ends, and its directory with it, when disposed of.</summary>
internal sealed class BackgroundRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ToolRun _run;
    private readonly Task<int> _running;
    private int _exitCode;

    private BackgroundRun(string directory, NetworkWorld world, IReadOnlyDictionary<string, string> variables, string[] args)
    {
        Directory = directory;
        _run = new ToolRun { World = () => world, Variables = variables, Hangups = Hangups };
        _running = Task.Run(() => _run.RunAsync(_stop.Token, ["run", "--json", "--data-dir", directory, .. args]));
    }

    public string Directory { get; }

    public Hangups Hangups { get; } = new();

    public IReadOnlyList<JsonElement> Events => _run.Lines;

    /// <summary>Starts one, and waits until it listens.</summary>
    public static Task<BackgroundRun> StartAsync(NetworkWorld? world = null, params string[] args) =>
        StartAsync(world, variables: null, configuration: null, args);

    /// <summary>Starts one with an environment, and a configuration file in its directory.</summary>
    public static async Task<BackgroundRun> StartAsync(
        NetworkWorld? world, IReadOnlyDictionary<string, string>? variables, string? configuration, params string[] args)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        if (configuration is not null)
            await File.WriteAllTextAsync(Path.Combine(directory, ConfigurationFile.DefaultName), configuration, TestContext.Current.CancellationToken);
        if (!args.Contains("--network", StringComparer.Ordinal))
            await BookWithKey.BeginAsync(directory, SandboxNetwork.Chain);
        var run = new BackgroundRun(
            directory, world ?? ToolRun.FastSandbox(), variables ?? new Dictionary<string, string>(StringComparer.Ordinal), args);
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(run._running.IsCompleted, run._run.Error);
            using var client = await ControlClient.TryOpenAsync(directory, TimeProvider.System, CancellationToken.None);
            return client is not null;
        });
        return run;
    }

    /// <summary>Runs a command on its directory.</summary>
    public async Task<(int ExitCode, ToolRun Run)> CommandAsync(params string[] args)
    {
        var run = new ToolRun();
        return (await run.RunAsync([args[0], "--data-dir", Directory, .. args[1..]]), run);
    }

    /// <summary>Runs a command that writes JSON.</summary>
    public async Task<IReadOnlyList<JsonElement>> JsonAsync(params string[] args)
    {
        var (exitCode, run) = await CommandAsync([.. args, "--json"]);
        Assert.True(exitCode == 0, run.Error);
        return run.Lines;
    }

    /// <summary>Waits until that many peers are connected.</summary>
    public Task ConnectedAsync(int count) => Eventually.TrueAsync(async () =>
        (await JsonAsync("peers", "list")).Count(peer => peer.GetProperty("state").ValueEquals("connected")) == count);

    /// <summary>Changes the configuration file, asks for it to be read, and waits for the outcome.</summary>
    public async Task<JsonElement> ReloadAsync(string configuration)
    {
        await File.WriteAllTextAsync(Path.Combine(Directory, ConfigurationFile.DefaultName), configuration, TestContext.Current.CancellationToken);
        var before = Reloads.Count;
        Hangups.Send();
        await Eventually.TrueAsync(() => Task.FromResult(Reloads.Count > before));
        return Reloads[before];
    }

    private List<JsonElement> Reloads => [.. Events.Where(line => line.GetProperty("event").ValueEquals("reloaded"))];

    /// <summary>The text on standard error.</summary>
    public string Error => _run.Error;

    /// <summary>Asks it to end, and asserts its exit code.</summary>
    public async Task StopAsync(int exitCode = 0)
    {
        await _stop.CancelAsync();
        Assert.Equal(exitCode, await _running);
        _exitCode = exitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_exitCode);
        System.IO.Directory.Delete(Directory, recursive: true);
        _stop.Dispose();
    }
}
