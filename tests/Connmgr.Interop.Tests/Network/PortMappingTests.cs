using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Connmgr.Interop;

/// <summary>A run behind a router with miniupnpd, and peers on the internet that reach it.</summary>
public sealed class PortMappingTests
{
    /// <summary>The address and the port of IPv4, and the firewall of IPv4 and IPv6.</summary>
    private const int RulesOfTwoPorts = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("auto", "pcp")]
    [InlineData("pcp", "pcp")]
    [InlineData("natpmp", "natPmp")]
    [InlineData("upnp", "upnp")]
    public async Task Run_BehindARouter_IsReachedFromOutside_AsLongAsItRuns(string method, string expected)
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        await home.StartProgramAsync(Cancellation);
        await using var run = Start(home, method);
        var hasIPv6 = expected is "pcp";

        var mappings = (await UntilAsync(run, state => state.GetProperty("mappings").GetArrayLength() == (hasIPv6 ? 2 : 1))).GetProperty("mappings");

        Assert.Equal((expected, $"{HomeNetwork.Public4}:8333", $"{HomeNetwork.Inside4}:8333", true), Describe(mappings[0]));
        await ReachAsync(home, $"{HomeNetwork.Public4}:8333");
        if (hasIPv6)
        {
            Assert.Equal((expected, $"[{HomeNetwork.Inside6}]:8333", $"[{HomeNetwork.Inside6}]:8333", true), Describe(mappings[1]));
            await ReachAsync(home, $"[{HomeNetwork.Inside6}]:8333");
        }

        Assert.Equal(0, await run.TerminateAsync(Cancellation));
        Assert.Empty(States(run)[^1].GetProperty("mappings").EnumerateArray());
        Assert.DoesNotContain("192.168.77.2", await home.GetMappingsAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TheRouterRestarts_IsMappedAgain()
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        await home.StartProgramAsync(Cancellation);
        await using var run = Start(home, "auto");
        await UntilAsync(run, static state => state.GetProperty("mappings").GetArrayLength() == 2);
        await home.KillProgramAsync(Cancellation);
        Assert.Empty(await home.GetMappingsAsync(Cancellation));

        await home.StartProgramAsync(Cancellation);

        var rules = "";
        await Poll.UntilAsync(
            async token => (rules = await home.GetMappingsAsync(token)).Split('\n').Length == RulesOfTwoPorts, () => $"{rules}\n{run.Output}", Cancellation);
        await ReachAsync(home, $"{HomeNetwork.Public4}:8333");
        await ReachAsync(home, $"[{HomeNetwork.Inside6}]:8333");
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    [Theory]
    [InlineData("pcp")]
    [InlineData("natpmp")]
    public async Task Run_TheRouterGetsAnotherAddress_TellsTheNewOne(string method)
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        await home.StartProgramAsync(Cancellation);
        await using var run = Start(home, method);
        await UntilAsync(run, static state => HasExternal(state, $"{HomeNetwork.Public4}:8333"));

        await home.Router.RunIpAsync("address add 24.0.0.9/24 dev wan0", Cancellation);
        await home.Router.RunIpAsync($"address del {HomeNetwork.Public4}/24 dev wan0", Cancellation);

        var state = await UntilAsync(run, static state => HasExternal(state, "24.0.0.9:8333"));
        Assert.False(HasExternal(state, $"{HomeNetwork.Public4}:8333"));
        await ReachAsync(home, "24.0.0.9:8333");
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    [Fact]
    public async Task Run_NoProgramOnTheRouter_TellsWhy_AndMapsOnceThereIsOne()
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        await using var run = Start(home, "auto");
        var state = await UntilAsync(run, static state => state.GetProperty("failures").GetArrayLength() == 2);
        Assert.Equal(
            $"Port 8333 of {HomeNetwork.Inside4} is not mapped at {HomeNetwork.Router4}: PCP: not spoken there; NAT-PMP: not spoken there; UPnP: no answer.", state.GetProperty("failures")[0].GetString());

        await home.StartProgramAsync(Cancellation); // It announces itself.

        await UntilAsync(run, static state => state.GetProperty("mappings").GetArrayLength() == 2);
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    /// <summary>A router that refuses PCP, and answers NAT-PMP with garbage.</summary>
    [Fact]
    public async Task Run_TheRouterRefusesAndTalksNonsense_TellsSo()
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        using var program = home.Router.Run(static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 5351));
            return socket;
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answering = AnswerAsync(program, stop.Token);
        await using var run = Start(home, "auto");

        var state = await UntilAsync(run, static state => state.GetProperty("failures").GetArrayLength() > 0);

        Assert.Equal(
            $"Port 8333 of {HomeNetwork.Inside4} is not mapped at {HomeNetwork.Router4}: PCP: refused (NotAuthorized); NAT-PMP: its answers are not valid; UPnP: no answer.",
            state.GetProperty("failures")[0].GetString());
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    private static async Task AnswerAsync(Socket program, CancellationToken cancellationToken)
    {
        var buffer = new byte[2000];
        while (true)
        {
            var received = await program.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancellationToken);
            var reply = buffer[..received.ReceivedBytes];
            reply[1] |= 0x80;
            if (reply[0] == 2)
                reply[3] = 2;
            else
                reply = [.. Enumerable.Range(0, 1000).Select(static i => (byte)i)];
            await program.SendToAsync(reply, received.RemoteEndPoint, cancellationToken);
        }
    }

    private static ServerProcess Start(HomeNetwork home, string method) => ToolProcess.Start(
        home.Inside, "run", "--json", "--network", "regtest", "--listen", "0.0.0.0:8333", "--listen", "[::]:8333", "--port-map", method);

    /// <summary>Connects from outside, and does the handshake.</summary>
    private static async Task ReachAsync(HomeNetwork home, string address)
    {
        await using var peer = ToolProcess.Start(home.Outside, "run", "--network", "regtest", "--connect", address, "--until-full", "--timeout", "120");
        Assert.True(await peer.WaitAsync(Cancellation) == 0, peer.Output);
    }

    private static async Task<JsonElement> UntilAsync(ServerProcess run, Func<JsonElement, bool> isSo)
    {
        JsonElement found = default;
        await Poll.UntilAsync(
            _ =>
            {
                Assert.False(run.HasExited, run.Output);
                var states = States(run);
                if (states.Count == 0 || !isSo(states[^1]))
                    return Task.FromResult(false);
                found = states[^1];
                return Task.FromResult(true);
            },
            () => run.Output,
            Cancellation);
        return found;
    }

    private static List<JsonElement> States(ServerProcess run) =>
    [
        .. run.Output.Split('\n').Where(static line => line.StartsWith('{') && line.EndsWith('}')).Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static line => line.GetProperty("event").ValueEquals("portMapping")),
    ];

    private static bool HasExternal(JsonElement state, string external) =>
        state.GetProperty("mappings").EnumerateArray().Any(mapping => mapping.GetProperty("external").ValueEquals(external));

    private static (string?, string?, string?, bool) Describe(JsonElement mapping) => (
        mapping.GetProperty("method").GetString(), mapping.GetProperty("external").GetString(), mapping.GetProperty("local").GetString(), mapping.GetProperty("public").GetBoolean());
}
