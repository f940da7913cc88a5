using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool.Tests.Seed;

/// <summary>The command without a DNS server; Connmgr.Interop.Tests has one.</summary>
public sealed class SeedCommandTests
{
    [Theory]
    [InlineData("seed", "add --network mainnet")]
    [InlineData("seed --network regtest", "or --dns-seed HOST")]
    [InlineData("seed --network main", "use sandbox, regtest, signet, testnet4 or mainnet")]
    [InlineData("seed --network signet --dns-seed seed.example:8333", "leave out :8333")]
    [InlineData("seed --network signet --dns-seed -", "not a host name")]
    [InlineData("seed --network signet --dns-server 127.0.0.1:0", "leave it out for 53")]
    [InlineData("seed --network signet --dns-server ::1", "[::1]")]
    [InlineData("seed --network signet --services xyz", "such as --services 409")]
    [InlineData("seed --network signet --services 0x", "such as --services 409")]
    [InlineData("seed --network signet --services 12345678123456789", "up to 16 hexadecimal digits")]
    [InlineData("seed --network signet --services network+filter", "'filter' is no service: use network, bloom")]
    [InlineData("seed --network signet --timeout 0", "from 0.001")]
    [InlineData("seed --dns-sed a", "Did you mean --dns-seed?")]
    [InlineData("sed", "Did you mean seed?")]
    public async Task Seed_UsageError_ExitsWith2AndSaysWhatToWrite(string line, string remedy)
    {
        var run = new ToolRun();

        Assert.Equal(2, await run.RunAsync(line.Split(' ')));

        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Seed_AddressLiteral_IsItsOwnAnswer()
    {
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("seed", "--network", "signet", "--dns-seed", "127.0.0.9", "--json"));

        var seed = Assert.Single(run.Lines);
        Assert.Equal("127.0.0.9", seed.GetProperty("host").GetString());
        Assert.Equal("127.0.0.9:38333", Assert.Single(seed.GetProperty("addresses").EnumerateArray()).GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, seed.GetProperty("failure").ValueKind);
    }

    [Theory]
    [InlineData("network+witness+filters", "x49.seed.example")]
    [InlineData("0x409", "x409.seed.example")]
    [InlineData("409", "x409.seed.example")]
    [InlineData("none", "seed.example")]
    public async Task Seed_Services_AreWordsOrBits(string services, string host)
    {
        await using var server = new NameServer(query => [query.Reply(query.IsForIPv6 ? [] : [NameServer.Query.Address("20.1.0.1")])]);
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("seed", "--dns-seed", "seed.example", "--dns-server", $"{server.EndPoint}", "--services", services, "--json"));

        Assert.Equal(host, Assert.Single(run.Lines).GetProperty("host").GetString());
    }

    [Fact]
    public async Task Seed_Interrupted_EndsAtOnceWith1()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var stop = new CancellationTokenSource();
        var run = new ToolRun();

        var running = run.RunAsync(stop.Token, "seed", "--dns-seed", "seed.example", "--dns-server", $"{silent.Client.LocalEndPoint}");
        await silent.ReceiveAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();

        Assert.Equal(1, await running);
        Assert.Equal("connmgr: interrupted.", run.Error.TrimEnd());
    }

    [Fact]
    public async Task Seed_NoAnswer_SaysSoAndWhatToTry()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var run = new ToolRun();

        var code = await run.RunAsync(
            "seed", "--dns-seed", "seed.example", "--dns-server", $"{silent.Client.LocalEndPoint}", "--timeout", "0.2", "--services", "0");

        Assert.Equal(1, code);
        Assert.Contains("seed.example  failed: no answer within 0.2 s", run.Out, StringComparison.Ordinal);
        Assert.Contains($"Check that {silent.Client.LocalEndPoint} is a name server", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Seed_BytesThatAreNoAnswer_ArePassedOver(bool echo, bool flood)
    {
        await using var server = new NameServer(query =>
        {
            var junk = query.Raw.ToArray();
            if (!echo)
                junk.AsSpan(2).Fill(0xff); // The id is right, the rest is not.
            return [.. Enumerable.Repeat(junk, flood ? 100 : 1), query.Reply(query.IsForIPv6 ? [] : [NameServer.Query.Address("20.1.0.1")])];
        });
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("seed", "--network", "signet", "--dns-seed", "seed.example", "--dns-server", $"{server.EndPoint}"));

        Assert.Contains("20.1.0.1:38333", run.Out, StringComparison.Ordinal);
    }
}
