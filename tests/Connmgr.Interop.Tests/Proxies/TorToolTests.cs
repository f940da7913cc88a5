using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Connmgr.Interop;

/// <summary>The program <c>connmgr</c> on a real Tor network, watched by the packet filter.</summary>
[Collection(nameof(TorNetwork))]
public sealed class TorToolTests(TorNetwork tor)
{
    /// <summary>A group that nothing else runs under, by which the packet filter tells the program's packets from Tor's.</summary>
    private const int Group = 47_811;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v4.peers.example", "20.1.0.1")]
    [InlineData("v6.peers.example", "2a01:4f8::5")]
    [InlineData("20.2.0.7", "seven.peers.example", "--reverse")]
    public async Task Resolve_ThroughTor_WritesTheAnswer(string query, string expected, params string[] more)
    {
        tor.Require();
        await using var tool = ToolProcess.Start(tor.Network, ["resolve", query, "--proxy", $"{TorNetwork.Socks}", .. more]);

        Assert.True(await tool.WaitAsync(Cancellation) == 0, tool.Output);
        Assert.Equal(expected, tool.Output.TrimEnd());
    }

    /// <summary>
    /// One run keeps peers through exits and has an onion address of its own; another one connects to it. Whatever either sends but to Tor's ports is counted.
    /// </summary>
    [Fact]
    public async Task Run_ThroughTor_KeepsPeersAndIsReachedByAnother_AndContactsNothingElse()
    {
        tor.Require();
        Servers.RequirePacketFilter();
        await tor.Network.RunAsync(
            "nft",
            [
                "add table inet proof; add counter inet proof tor; add counter inet proof other; "
                + "add chain inet proof out { type filter hook output priority 0; }; "
                + string.Create(CultureInfo.InvariantCulture, $"add rule inet proof out meta skgid {Group} ip daddr 127.0.0.1 tcp dport {{ 9050, 9051, 9052 }} counter name tor accept; ")

                // What Tor brings from the onion service comes from and goes to its own address, at a port that the program listens on.
                + string.Create(CultureInfo.InvariantCulture, $"add rule inet proof out meta skgid {Group} ip saddr 127.0.0.1 ip daddr 127.0.0.1 ct direction reply accept; ")
                + string.Create(CultureInfo.InvariantCulture, $"add rule inet proof out meta skgid {Group} counter name other"),
            ],
            Cancellation);
        var folder = Directory.CreateTempSubdirectory("connmgr-tor-run-").FullName;
        try
        {
            // A peer at each of these addresses: every address of the namespace is local.
            await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, 18444)));
            await using var peers = new RegtestManager(options => options.Listeners = [listener]);
            await peers.Manager.StartAsync(Cancellation);
            await using var first = Start(
                "--proxy", $"{TorNetwork.Socks}", "--tor-control", $"{TorNetwork.Control}", "--data-dir", folder,
                "--add-peer", "21.1.0.1", "--add-peer", "22.1.0.1", "--add-peer", "v4.peers.example");
            await LineAsync(first, line => line.Is("full"));
            var onion = (await LineAsync(first, line => line.Is("tor") && line.Json.GetProperty("published").GetBoolean())).Json.GetProperty("onionService").GetString()!;

            await using var second = Start("--proxy", $"{TorNetwork.SecondSocks}", "--only-net", "onion", "--connect", onion);

            Assert.Equal(onion, (await LineAsync(second, line => line.Is("connected"))).Json.GetProperty("address").GetString());
            var inbound = await LineAsync(first, line => line.Is("connected") && line.Json.GetProperty("direction").ValueEquals("inbound"));
            Assert.True(inbound.Json.GetProperty("onion").GetBoolean());
            Assert.True(File.Exists(Path.Combine(folder, "regtest", "onion_v3_private_key")));
            Assert.Equal(0, await second.TerminateAsync(Cancellation));
            Assert.Equal(0, await first.TerminateAsync(Cancellation));

            var counters = await tor.Network.RunAsync("nft", ["list", "counters", "table", "inet", "proof"], Cancellation);
            Assert.True(GetPackets(counters, "tor") > 0, counters);
            Assert.True(GetPackets(counters, "other") == 0, counters);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await tor.Network.RunAsync("nft", ["delete", "table", "inet", "proof"], CancellationToken.None);
        }
    }

    /// <summary>
    /// In a namespace of its own, which has nothing but a loopback device and no Tor: the unix sockets of Tor's are the only way out. Not one packet is sent.
    /// </summary>
    [Fact]
    public async Task Run_ByUnixSockets_SendsNoPacketAtAll()
    {
        tor.Require();
        Servers.RequirePacketFilter();
        await using var alone = await NetworkNamespace.CreateAsync(Cancellation);
        await alone.RunAsync(
            "nft", ["add table inet proof; add counter inet proof other; add chain inet proof out { type filter hook output priority 0; }; add rule inet proof out counter name other"], Cancellation);
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, 18444)));
        await using var peers = new RegtestManager(options => options.Listeners = [listener]);
        await peers.Manager.StartAsync(Cancellation);
        var folder = Directory.CreateTempSubdirectory("connmgr-tor-run-").FullName;
        try
        {
            await using var run = ToolProcess.Start(
                alone, "run", "--json", "--network", "regtest", "--proxy", $"unix:{tor.SecondUnixSocks}", "--add-peer", "21.1.0.1", "--add-peer", "v4.peers.example",
                "--until-full", "--timeout", "60");

            Assert.True(await run.WaitAsync(Cancellation) == 0, run.Output);

            var counters = await alone.RunAsync("nft", ["list", "counters", "table", "inet", "proof"], Cancellation);
            Assert.True(GetPackets(counters, "other") == 0, counters);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long GetPackets(string counters, string name) =>
        long.Parse(PacketsPattern(name).Match(counters).Groups["packets"].Value, CultureInfo.InvariantCulture);

    private static Regex PacketsPattern(string name) =>
        new($@"counter {name} \{{\s*packets (?<packets>\d+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static async Task<EventOfRun> LineAsync(ServerProcess run, Func<EventOfRun, bool> wanted)
    {
        EventOfRun? found = null;
        await Poll.UntilAsync(
            _ =>
            {
                Assert.False(run.HasExited, run.Output);
                found = run.Output.Split('\n').Where(line => line.StartsWith('{') && line.EndsWith('}')).Select(line => new EventOfRun(JsonElement.Parse(line))).FirstOrDefault(wanted);
                return Task.FromResult(found is not null);
            },
            () => run.Output,
            Cancellation);
        return found!;
    }

    private ServerProcess Start(params IEnumerable<string> arguments) =>
        ToolProcess.StartInGroup(Group, tor.Network, ["run", "--json", "--network", "regtest", .. arguments]);

    private sealed record EventOfRun(JsonElement Json)
    {
        public bool Is(string name) => Json.GetProperty("event").ValueEquals(name);
    }
}
