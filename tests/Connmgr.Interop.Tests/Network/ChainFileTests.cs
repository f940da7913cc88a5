using System.Net;

namespace Connmgr.Interop;

/// <summary>Chains that only a file describes: <c>connmgr run --chain</c> with real nodes, in a namespace from which nothing leads outside.</summary>
public sealed class ChainFileTests : IDisposable
{
    private const string Litecoin = "name = 'litecoin'\ntitle = 'Litecoin'\nmagic = 'fbc0b6db'\nport = 9333\nmin-protocol-version = 70015\n";
    private const string Signet = "name = 'ours'\nsignet-challenge = '51'\n"; // OP_TRUE.

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-chains-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The port is that of the file, and so is the magic, computed from the challenge for a signet.</summary>
    [Theory]
    [InlineData(Litecoin, "main", 9333)]
    [InlineData(Signet, "signet", 38333, "-signetchallenge=51")]
    public async Task Run_WithTheFileOfAChain_AndANodeOfIt_ConnectBothWays(string text, string chain, int port, params string[] arguments)
    {
        await using var world = await NetworkNamespace.CreateAsync(Cancellation);
        await using var node = await StartAsync(world, text, chain, port, arguments);
        var file = Path.Combine(_directory, "chain.toml");
        await File.WriteAllTextAsync(file, text, Cancellation);

        await using var dialling = ToolProcess.Start(world, "run", "--json", "--chain", file, "--connect", "20.1.1.1", "--data-dir", Path.Combine(_directory, "data"));
        var peers = await node.WaitForPeersAsync(static peers => peers is [var one] && one.GetProperty("subver").GetString() is { Length: > 0 }, Cancellation);
        Assert.Equal((true, Bitcoin.BitcoinPeerOptions.DefaultUserAgent), (peers[0].GetProperty("inbound").GetBoolean(), peers[0].GetProperty("subver").GetString()));
        Assert.Equal(0, await dialling.TerminateAsync(Cancellation));
        Assert.True(File.Exists(Path.Combine(_directory, "data", text.Split('\'')[1], "peers.dat")), "The address book is not in the folder of the chain.");

        await using var listening = ToolProcess.Start(world, "run", "--json", "--chain", file, "--listen", $"20.1.1.2:{port}");
        await Poll.UntilAsync(
            async token => (await node.CallAsync("getconnectioncount", token)).GetInt32() == 1 || await AddNodeAsync(token),
            () => $"the node did not connect to the run: {listening.Output}",
            Cancellation);
        peers = await node.WaitForPeersAsync(static peers => peers.Any(IsOutbound), Cancellation);
        Assert.Contains(peers, static peer => IsOutbound(peer) && peer.GetProperty("subver").GetString() is Bitcoin.BitcoinPeerOptions.DefaultUserAgent);
        Assert.Equal(0, await listening.TerminateAsync(Cancellation));

        static bool IsOutbound(System.Text.Json.JsonElement peer) => !peer.GetProperty("inbound").GetBoolean() && peer.GetProperty("version").GetInt32() > 0;

        async Task<bool> AddNodeAsync(CancellationToken token)
        {
            await node.CallAsync("addnode", token, $"20.1.1.2:{port}", "onetry");
            return false;
        }
    }

    /// <summary>A node of the default signet has another magic, and the lowest version of a chain is enforced.</summary>
    [Theory]
    [InlineData("name = 'ours'\nsignet-challenge = '5151'\n", "signet", 38333, "handshake reset after")]
    [InlineData(Signet + "min-protocol-version = 70099\n", "signet", 38333, "handshake protocolViolation after")]
    public async Task Run_WithTheFileOfAnotherChain_DoesNotConnect(string text, string chain, int port, string reason)
    {
        await using var world = await NetworkNamespace.CreateAsync(Cancellation);
        await using var node = await StartAsync(world, text, chain, port, ["-signetchallenge=51"]);
        var file = Path.Combine(_directory, "chain.toml");
        await File.WriteAllTextAsync(file, text, Cancellation);
        await using var run = ToolProcess.Start(world, "run", "--chain", file, "--connect", "20.1.1.1", "--transport", "v1-only");
        await Poll.UntilAsync(_ => Task.FromResult(run.Output.Contains(reason, StringComparison.Ordinal)), () => $"no '{reason}' in: {run.Output}", Cancellation);
        Assert.DoesNotContain("connected", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<BitcoindNode> StartAsync(NetworkNamespace world, string text, string chain, int port, IReadOnlyList<string> arguments) => BitcoindNode.StartAsync(
        new BitcoindOptions
        {
            IsLitecoin = string.Equals(text, Litecoin, StringComparison.Ordinal),
            Chain = chain,
            Network = world,
            Address = IPAddress.Parse("20.1.1.1"),
            Port = port,
            Arguments = arguments,
        },
        Cancellation);
}
