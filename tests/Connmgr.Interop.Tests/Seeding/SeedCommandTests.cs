using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Connmgr.Interop.Seeding;

/// <summary><c>connmgr seed</c> against a real DNS server, by its own DNS client and by the system's resolver.</summary>
public sealed class SeedCommandTests
{
    private static readonly IPAddress ServerAddress = IPAddress.Parse("20.53.0.1");
    private static readonly IPAddress SilentAddress = IPAddress.Parse("20.53.0.2");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Whether to name the server, or to leave it to the system's resolver.</summary>
    public static TheoryData<bool> Ways => [true, false];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Seed_NamesOfEveryKind_GivesTheirAddresses(bool byServer)
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var server = await StartAsync(network);
        string[] names = ["seed.example", "big.seed.example", "bigboth.seed.example", "v4only.seed.example", "v6only.seed.example", "alias.seed.example"];

        var (code, seeds, error) = await SeedAsync(network, byServer, names);

        Assert.Equal(0, code);
        Assert.Empty(error);
        Assert.Equal((12, 4), Count(seeds["seed.example"]));
        Assert.Equal((60, 0), Count(seeds["big.seed.example"]));
        Assert.Equal((60, 60), Count(seeds["bigboth.seed.example"])); // 1.7 kB of AAAA records: over TCP alone.
        Assert.Equal((1, 0), Count(seeds["v4only.seed.example"]));
        Assert.Equal((0, 1), Count(seeds["v6only.seed.example"]));
        Assert.Equal((12, 4), Count(seeds["alias.seed.example"]));
        Assert.Equal("x9.seed.example", seeds["seed.example"].GetProperty("host").GetString());
        Assert.All(Addresses(seeds["seed.example"]), address => Assert.EndsWith(":8333", address, StringComparison.Ordinal));
        Assert.Contains("20.2.0.12:8333", Addresses(seeds["seed.example"]), StringComparer.Ordinal);
        Assert.Contains("[2a01:4f8:2::4]:8333", Addresses(seeds["seed.example"]), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(true, "409", "x409.seed.example", 12, 4)]
    [InlineData(true, "0xC09", "xc09.seed.example", 12, 4)]
    [InlineData(true, "0", "seed.example", 25, 10)]
    [InlineData(false, "0", "seed.example", 25, 10)]
    public async Task Seed_Services_AsksTheNameOfTheirBits(bool byServer, string services, string host, int v4, int v6)
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var server = await StartAsync(network);

        var (code, seeds, _) = await SeedAsync(network, byServer, ["seed.example"], "--services", services);

        Assert.Equal(0, code);
        Assert.Equal(host, seeds["seed.example"].GetProperty("host").GetString());
        Assert.Equal((v4, v6), Count(seeds["seed.example"]));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Seed_NamesThatFail_SaysWhyAndExitsWith1(bool byServer)
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var server = await StartAsync(network);

        var (code, seeds, error) = await SeedAsync(network, byServer, ["nosuch.seed.example", "elsewhere.test", "broken.example", "empty.seed.example"]);

        Assert.Equal(1, code);
        Assert.Contains("no address from any of 4 DNS seeds", error, StringComparison.Ordinal);
        Assert.All(seeds.Values, seed => Assert.Equal("lookupFailed", seed.GetProperty("failure").GetString()));
        Assert.All(seeds.Values, seed => Assert.Equal((0, 0), Count(seed)));
        Assert.Equal(1, seeds["nosuch.seed.example"].GetProperty("attempts").GetInt32());
        Assert.Equal(1, seeds["empty.seed.example"].GetProperty("attempts").GetInt32());
        Assert.Equal(3, seeds["broken.example"].GetProperty("attempts").GetInt32());
        if (byServer)
        {
            Assert.Equal("20.53.0.1:53 reports that x9.nosuch.seed.example does not exist (NXDOMAIN)", Message(seeds["nosuch.seed.example"]));
            Assert.Equal("20.53.0.1:53 reports that x9.elsewhere.test does not exist (NXDOMAIN)", Message(seeds["elsewhere.test"]));
            Assert.Equal("20.53.0.1:53 could not get an answer for x9.broken.example (SERVFAIL)", Message(seeds["broken.example"]));
            Assert.Equal("20.53.0.1:53 reports no addresses for x9.empty.seed.example", Message(seeds["empty.seed.example"]));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Seed_ServerThatNeverAnswers_EndsAtTheDeadline(bool byServer)
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        using var silent = network.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(SilentAddress, 53));
            return socket;
        });
        network.UseNameServer(SilentAddress);

        var (code, seeds, error) = await SeedAsync(network, byServer ? SilentAddress : null, ["seed.example"], "--timeout", "3");

        Assert.Equal(1, code);
        Assert.Equal("timeout", seeds["seed.example"].GetProperty("failure").GetString());
        Assert.Contains("no address from the DNS seed", error, StringComparison.Ordinal);
        Assert.True(silent.Available > 0, "It was asked.");
    }

    [Fact]
    public async Task Seed_OneSeedFails_TellsAndGivesTheOther()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var server = await StartAsync(network);
        await using var tool = ToolProcess.Start(
            network, "seed", "--network", "signet", "--dns-server", $"{ServerAddress}", "--dns-seed", "nosuch.example", "--dns-seed", "v4only.seed.example");

        Assert.Equal(0, await tool.WaitAsync(Cancellation));
        Assert.Contains("x9.v4only.seed.example  1 address  (", tool.Output, StringComparison.Ordinal);
        Assert.Contains("\n  20.5.0.1:38333\n", tool.Output, StringComparison.Ordinal);
        Assert.Contains("x9.nosuch.example  failed: ", tool.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 address from 1 of 2 seeds\n", tool.Output, StringComparison.Ordinal);
    }

    private static async Task<DnsServer> StartAsync(NetworkNamespace network)
    {
        network.UseNameServer(ServerAddress);
        return await DnsServer.StartAsync(network, ServerAddress, Cancellation);
    }

    private static Task<(int Code, Dictionary<string, JsonElement> Seeds, string Error)> SeedAsync(
        NetworkNamespace network, bool byServer, string[] names, params string[] arguments) =>
        SeedAsync(network, byServer ? ServerAddress : null, names, arguments);

    private static async Task<(int Code, Dictionary<string, JsonElement> Seeds, string Error)> SeedAsync(
        NetworkNamespace network, IPAddress? server, string[] names, params string[] arguments)
    {
        await using var tool = ToolProcess.Start(
            network,
            [
                "seed", "--network", "mainnet", "--json", .. names.SelectMany(name => (string[])["--dns-seed", name]),
                .. server is null ? (string[])[] : ["--dns-server", $"{server}:53"], .. arguments,
            ]);
        var code = await tool.WaitAsync(Cancellation);
        var lines = tool.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var seeds = lines.Where(line => line.StartsWith('{')).Select(line => JsonElement.Parse(line)).ToDictionary(
            seed => seed.GetProperty("seed").GetString()!, StringComparer.Ordinal);
        Assert.True(names.Length == seeds.Count, tool.Output);
        return (code, seeds, string.Join('\n', lines.Where(line => !line.StartsWith('{'))));
    }

    private static IEnumerable<string> Addresses(JsonElement seed) =>
        seed.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()!);

    private static (int V4, int V6) Count(JsonElement seed) =>
        (Addresses(seed).Count(address => !address.StartsWith('[')), Addresses(seed).Count(address => address.StartsWith('[')));

    private static string? Message(JsonElement seed) => seed.GetProperty("message").GetString();
}
