using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool.Tests.Run;

/// <summary>What a run says of itself: from the command line, the environment and the file to its peers.</summary>
public sealed class RunIdentityTests
{
    private const NodeServices Blocks = NodeServices.Network | NodeServices.Witness;

    private static readonly RunIdentity Example = new() { Services = Blocks | (NodeServices)0x200_0000, Relay = true, UserAgent = "/a b:1/", StartHeight = 900_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_AnySource_IsTheSame()
    {
        Assert.Equal(new RunIdentity(), (await LoadAsync([], [])).Identity);
        Dictionary<string, string> words = new(StringComparer.Ordinal)
        {
            ["services"] = "network+Witness+0x2000000",
            ["relay"] = "on",
            ["user-agent"] = "/a b:1/",
            ["start-height"] = "900000",
        };
        var variables = words.ToDictionary(each => $"CONNMGR_{each.Key.Replace('-', '_').ToUpperInvariant()}", each => each.Value, StringComparer.Ordinal);
        Assert.Equal(Example, (await LoadAsync([], variables)).Identity);
        Assert.Equal(Example, (await LoadAsync([.. words.Select(each => new Setting($"--{each.Key}", [each.Value], SettingSource.FromCommandLine(each.Key)))], [])).Identity);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, words.Select(each => $"{each.Key} = {(each.Key is "start-height" ? each.Value : $"'{each.Value}'")}"), Cancellation);
            Assert.Equal(Example, (await LoadAsync([], [], file)).Identity);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Run_WithoutOptions_SaysThatItServesNothingAndWantsNoTransactions()
    {
        var version = await GetVersionAsync();
        Assert.Equal((NodeServices.None, false, BitcoinPeerOptions.DefaultUserAgent, 0), (version.Services & ~NodeServices.P2PV2, version.Relay, version.UserAgent, version.StartHeight));
    }

    [Fact]
    public async Task Run_WithOptions_SaysSoToItsPeers()
    {
        var version = await GetVersionAsync("--services", "network+witness+0x2000000", "--relay", "on", "--user-agent", "/a b:1/", "--start-height", "900000");
        Assert.Equal((Example.Services, true, "/a b:1/", 900_000), (version.Services & ~NodeServices.P2PV2, version.Relay, version.UserAgent, version.StartHeight));
    }

    [Fact]
    public async Task Run_OfAGroupWithoutRelay_AsksItForNoTransactions() =>
        Assert.False((await GetVersionAsync(dials: true, "--relay", "on", "--group", "blocks=1,relay=off")).Relay);

    [Fact]
    public async Task Run_AutomaticPeers_AreAskedForTransactionsIfWanted()
    {
        Assert.True((await GetVersionAsync(dials: true, "--relay", "on", "--target", "1")).Relay);
        Assert.False((await GetVersionAsync(dials: true, "--group", "all=1,relay=on")).Relay);
    }

    [Theory]
    [InlineData(NodeServices.None, false)]
    [InlineData(NodeServices.Network, false)]
    [InlineData(NodeServices.Witness | NodeServices.CompactFilters, false)]
    [InlineData(Blocks, true)]
    [InlineData(NodeServices.NetworkLimited | NodeServices.Witness, true)]
    public void FindInboundProblem_ListenersOfARealNetwork_NeedBlocksAndWitnesses(NodeServices services, bool isKept)
    {
        var options = new RunOptions
        {
            Network = NetworkName.Regtest,
            Listen = [new ListenAddress(HostAndPort.ParseLocal("127.0.0.1:1", out _)!, IsOnion: false)],
            Identity = new() { Services = services },
        };
        Assert.Equal(isKept, options.FindInboundProblem() is null);
        Assert.Null((options with { Listen = [] }).FindInboundProblem());
        Assert.Null((options with { Network = NetworkName.Sandbox }).FindInboundProblem());
    }

    [Fact]
    public async Task Run_ListensAndServesNothing_SaysOnceWhatFollows()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--network", "regtest", "--listen", "127.0.0.1:0", "--until-full", "--timeout", "60", "--json"));
        var notice = Assert.Single(run.Lines, static line => line.GetProperty("event").ValueEquals("notice")).GetProperty("message").GetString();
        Assert.StartsWith("--services is none, so most nodes will refuse to keep this run", notice, StringComparison.Ordinal);
        Assert.Contains("addnode", notice, StringComparison.Ordinal);

        var serving = new ToolRun();
        Assert.Equal(0, await serving.RunAsync(
            "run", "--network", "regtest", "--listen", "127.0.0.1:0", "--until-full", "--timeout", "60", "--json", "--services", "limited+witness"));
        Assert.DoesNotContain(serving.Lines, static line => line.GetProperty("event").ValueEquals("notice"));
    }

    [Fact]
    public async Task Run_AUserAgentTooLong_IsAUsageError()
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("run", "--user-agent", new string('u', 257)));
        Assert.Contains("--user-agent is 257 characters long: use at most 256 characters of printable ASCII.", run.Error, StringComparison.Ordinal);
    }

    private static async Task<RunOptions> LoadAsync(Setting[] settings, Dictionary<string, string> variables, string? file = null) =>
        (await new ConfigurationLoader([.. settings], file, variables).LoadAsync(new RunOptionSet(), Cancellation)).Options;

    private static Task<VersionMessage> GetVersionAsync(params string[] args) => GetVersionAsync(dials: false, args);

    /// <summary>Gets the version message that a run sends to the only other host.</summary>
    /// <param name="dials">True when the run dials the host; false when the host dials the run.</param>
    /// <param name="args">The options.</param>
    private static async Task<VersionMessage> GetVersionAsync(bool dials, params string[] args)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var heard = new TaskCompletionSource<VersionMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = new MemoryNetwork();
        var host = new IPEndPoint(IPAddress.Parse("20.0.0.1"), 8333);
        var addresses = new AddressPool();
        if (dials)
            addresses.Add(host);
        var protocol = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain, Services = Blocks });
        await using var listener = network.Listen(host);
        var meeting = dials ? AnswerAsync() : Task.CompletedTask;
        var run = new ToolRun
        {
            World = () => new NetworkWorld
            {
                Chain = SandboxNetwork.Chain,
                AddressSource = addresses,
                Dial = network.DialAsync,
                Policies = ToolRun.Calm,
                Listen = (endPoint, _) =>
                {
                    var own = network.Listen(endPoint);
                    meeting = VisitAsync(own.LocalEndPoint);
                    return own;
                },
            },
        };
        string[] side = dials ? [] : ["--target", "0", "--listen", "10.0.0.9:0"];
        var running = run.RunAsync(stop.Token, ["run", .. side, .. args]);
        await Task.WhenAny(running, heard.Task);
        await stop.CancelAsync();
        Assert.True(await running == 0, run.Error);
        await meeting;
        return await heard.Task;

        async Task AnswerAsync() => await HearAsync(await listener.AcceptAsync(Cancellation), ConnectionDirection.Inbound, host);

        async Task VisitAsync(EndPoint own) => await HearAsync(await network.DialAsync(own, Cancellation), ConnectionDirection.Outbound, own);

        async Task HearAsync(Stream stream, ConnectionDirection direction, EndPoint other)
        {
            await using var connection = stream;
            var peer = await protocol.HandshakeAsync(stream, direction, other, Cancellation);
            heard.TrySetResult(peer.Version);
            await peer.RunAsync(static (_, _, _) => ValueTask.CompletedTask, Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
