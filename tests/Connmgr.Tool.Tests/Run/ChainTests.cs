using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary><c>--chain</c>, in each command that has it.</summary>
public sealed class ChainTests : IDisposable
{
    private const string Litecoin = "name = 'litecoin'\ntitle = 'Litecoin'\nmagic = 'fbc0b6db'\nport = 9333\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Config => Path.Combine(_directory, "c.toml");

    [Theory]
    [InlineData("name = 'main'\nmagic = 'fbc0b6db'\nport = 9333", ":1: name is 'main': that is the name of a known network")]
    [InlineData("name = 'l'\nport = 0", ":2: port is 0: use a number from 1 to 65535.")]
    public async Task Run_AFaultyFile_IsAUsageError(string text, string what)
    {
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "--chain", await WriteAsync("l.toml", text)));
        Assert.Contains(what, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.toml", "which can't be read")]
    [InlineData("", "--chain is empty")]
    public async Task Run_NoFile_IsAUsageError(string file, string what)
    {
        foreach (var command in (string[])["run", "seed"])
        {
            var run = new ToolRun();
            Assert.Equal(ExitCode.Usage, await run.RunAsync(command, "--chain", file));
            Assert.Contains(what, run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("run", "--connect", "127.0.0.1")]
    [InlineData("seed", "--dns-seed", "seed.example")]
    [InlineData("bans", "--data-dir", "/nowhere", "list")]
    [InlineData("addresses", "--data-dir", "/nowhere", "list")]
    public async Task EachCommand_NetworkAndChain_ExcludeEachOther(params string[] command)
    {
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. command, "--network", "mainnet", "--chain", await WriteAsync("l.toml", Litecoin)]));
        Assert.Contains("--chain and --network exclude each other", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAndSeed_WithoutSeeds_SayWhatToAdd()
    {
        var file = await WriteAsync("l.toml", Litecoin);
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "--chain", file));
        Assert.Contains("litecoin has no DNS seeds", run.Error, StringComparison.Ordinal);
        Assert.Contains("--listen 127.0.0.1:9333", run.Error, StringComparison.Ordinal);
        run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("seed", "--chain", file));
        Assert.Contains("litecoin has no DNS seeds: add dns-seeds to its file", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A stronger source replaces both options of a weaker one, and the table of the chain applies.</summary>
    [Theory]
    [InlineData(false, new string[0], "target = 3", "chain = ")]
    [InlineData(false, new[] { "--network", "signet" }, "target = 4", "network = \"signet\"")]
    [InlineData(true, new string[0], "target = 4", "network = \"signet\"")]
    [InlineData(true, new[] { "--chain", "l.toml" }, "target = 3", "chain = ")]
    public async Task Run_NetworkAndChainOfSeveralSources_TheStrongestCounts(bool inEnvironment, string[] args, string target, string chosen)
    {
        var file = await WriteAsync("l.toml", Litecoin);
        await File.WriteAllTextAsync(Config, $"chain = '{file}'\nconnect = '127.0.0.1'\n[litecoin]\ntarget = 3\n[signet]\ntarget = 4\n", Cancellation);
        var run = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_NETWORK"] = inEnvironment ? "signet" : "" } };
        var code = await run.RunAsync(["run", "--print-config", "--config", Config, .. args.Select(word => word is "l.toml" ? file : word)]);
        Assert.Equal((0, ""), (code, run.Error));
        Assert.Contains(target, run.Out, StringComparison.Ordinal);
        Assert.Contains(chosen, run.Out, StringComparison.Ordinal);
        Assert.Equal(1, run.Out.Split('\n').Count(line => line.StartsWith("chain =", StringComparison.Ordinal) || line.StartsWith("network =", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_AFileWithFaults_NamesTheLinesOfBothFiles()
    {
        var file = await WriteAsync("l.toml", "name = 'l'");
        await File.WriteAllTextAsync(Config, $"chain = '{file}'\n[litecoin]\ntarget = 3\n", Cancellation);
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "--print-config", "--config", Config));
        Assert.Contains($"{Config}:1: chain is '{file}': {file}: port is missing", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("is not a network", run.Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Config, $"chain = '{await WriteAsync("l.toml", Litecoin)}'\n[litecoim]\ntarget = 3\n[litecoin]\nchain = 'x'\n", Cancellation);
        run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "--print-config", "--config", Config));
        Assert.Contains("[litecoim] is not a network; use one of sandbox, regtest, signet, testnet4, mainnet, litecoin: did you mean litecoin?", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{Config}:5: chain chooses the network", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Two runs of a chain: one listens, the other finds it. Their data is in the folder of the chain.</summary>
    [Fact]
    public async Task Run_TwoOfAChain_MeetAndKeepTheirDataByItsName()
    {
        var file = await WriteAsync("l.toml", Litecoin);
        var chain = await ChainFile.LoadAsync(file, Cancellation);
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var node = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = chain,
            TargetOutbound = 0,
            Configure = manager => manager.Listeners = [listener],
            Protocol = new BitcoinPeerOptions { Services = NodeServices.Network | NodeServices.Witness },
        });
        await node.StartAsync(Cancellation);
        var data = Path.Combine(_directory, "data");
        var run = new ToolRun();
        var port = ((IPEndPoint)listener.LocalEndPoint).Port;
        Assert.Equal(0, await run.RunAsync("run", "--chain", file, "--connect", $"127.0.0.1:{port}", "--until-full", "--timeout", "60", "--data-dir", data));
        Assert.Contains("network Litecoin, target 0", run.Out, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(data, "litecoin")));
    }

    [Fact]
    public async Task Addresses_OfAChain_AreImportedListedAndExported()
    {
        var file = await WriteAsync("l.toml", Litecoin);
        var (data, text, dat) = (Path.Combine(_directory, "data"), await WriteAsync("peers.txt", "20.1.1.1\n20.2.2.2:1\n"), Path.Combine(_directory, "peers.dat"));
        await SucceedAsync("addresses", "--data-dir", data, "--chain", file, "import", text);
        var list = await SucceedAsync("addresses", "--data-dir", data, "--chain", file, "list", "--json");
        Assert.Contains("20.1.1.1:9333", list, StringComparison.Ordinal);
        await SucceedAsync("addresses", "--data-dir", data, "--chain", file, "export", dat);
        await SucceedAsync("addresses", "--data-dir", Path.Combine(_directory, "other"), "--chain", file, "import", dat);

        var run = new ToolRun(); // Without its file the chain is not known.
        Assert.Equal(ExitCode.Failure, await run.RunAsync("addresses", "--data-dir", data, "list"));
        Assert.Contains("--chain", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bans_OfAChain_AreInItsFolder()
    {
        var file = await WriteAsync("l.toml", Litecoin);
        var data = Path.Combine(_directory, "data");
        await SucceedAsync("bans", "--data-dir", data, "--chain", file, "add", "20.1.1.1");
        Assert.True(File.Exists(Path.Combine(data, "litecoin", "banlist.json")));
        Assert.Contains("20.1.1.1", await SucceedAsync("bans", "--data-dir", data, "--chain", file, "list"), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<string> SucceedAsync(params string[] args)
    {
        var run = new ToolRun();
        Assert.Equal((0, ""), (await run.RunAsync(args), run.Error));
        return run.Out;
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        await File.WriteAllTextAsync(path, text, Cancellation);
        return path;
    }
}
