using System.Net;
using System.Text.Json;

namespace Connmgr.Interop.Seeding;

/// <summary>A crawl of real nodes, and its zone at a real name server: nsd loads it, <c>connmgr seed</c> and bitcoind find peers with it.</summary>
public sealed class CrawledZoneTests
{
    private const string Zone = "seed.bitcoin.sprovoost.nl"; // One of those that bitcoind has built in.

    private static readonly IPAddress NameServer = IPAddress.Parse("20.53.0.1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crawl_ZoneServedByNsd_LeadsSeedAndBitcoindToTheNodes()
    {
        Servers.RequireDnsServer();
        var folder = Directory.CreateTempSubdirectory("connmgr-zone-");
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        network.UseNameServer(NameServer);
        try
        {
            await using var nodes = await StartNodesAsync(network);
            var path = Path.Combine(folder.FullName, Zone);
            await CrawlAsync(network, nodes, folder.FullName, path);
            Assert.Contains("is ok", await network.RunAsync(Servers.FindCheckZone(), [Zone, path], Cancellation), StringComparison.Ordinal);
            await using var server = await DnsServer.StartAsync(network, NameServer, Cancellation, path);

            var addresses = nodes.Select(static node => node.EndPoint.ToString()).Order(StringComparer.Ordinal).ToArray();
            foreach (var services in (string[])["0", "9", "0x408", "0xc08"])
                Assert.Equal(addresses, await SeedAsync(network, services));

            await using var seeded = await BitcoindNode.StartAsync(
                new BitcoindOptions
                {
                    Chain = "main",
                    Network = network,
                    Address = IPAddress.Parse("20.99.0.1"),
                    Port = ChainParameters.Mainnet.DefaultPort,
                    DialsOnItsOwn = true,
                    Arguments = ["-dnsseed=1", "-forcednsseed=1"],
                },
                Cancellation);

            // This build asks for the name of the zone alone, and gets addresses from a node behind it. No other program dials.
            await seeded.WaitForPeersAsync(static peers => peers.Any(static peer => !peer.GetProperty("inbound").GetBoolean()), Cancellation);
            Assert.NotEmpty((await Task.WhenAll(nodes.Select(static node => node.CallAsync("getpeerinfo", Cancellation)))).SelectMany(static peers => peers.EnumerateArray()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<BitcoindNodes> StartNodesAsync(NetworkNamespace network) => await BitcoindNodes.StartAsync(
        Enumerable.Range(1, 3).Select(number => new BitcoindOptions
        {
            Chain = "main",
            Network = network,
            Address = new IPAddress([20, (byte)(100 + number), 0, 1]),
            Port = ChainParameters.Mainnet.DefaultPort,
        }),
        Cancellation);

    /// <summary>Crawls one round from the addresses of the nodes, and shows the results.</summary>
    private static async Task CrawlAsync(NetworkNamespace network, BitcoindNodes nodes, string folder, string zoneFile)
    {
        var results = Path.Combine(folder, "crawl");
        await using var crawl = ToolProcess.Start(
            network,
            [
                "crawl", "--network", "mainnet", "--once", .. nodes.SelectMany(static node => (string[])["--start", $"{node.EndPoint}"]),
                "--out", results, "--zone-file", zoneFile, "--zone", Zone,
                "--answer-timeout", "2s", // These nodes know no address, and so do not answer.
            ]);
        Assert.True(await crawl.WaitAsync(Cancellation) == 0, crawl.Output);

        await using var report = ToolProcess.Start(network, "crawl", "report", results, "--json");
        Assert.True(await report.WaitAsync(Cancellation) == 0, report.Output);
        var summary = JsonElement.Parse(report.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.Equal(nodes.Count, summary.GetProperty("reachable").GetInt32());
        Assert.Equal(nodes.Count, summary.GetProperty("zone").GetProperty("good").GetInt32());
        Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(Path.Combine(results, "report.html"), Cancellation), StringComparison.Ordinal);
    }

    /// <summary>Asks the name server, and returns the addresses, sorted.</summary>
    private static async Task<string[]> SeedAsync(NetworkNamespace network, string services)
    {
        await using var tool = ToolProcess.Start(
            network, "seed", "--network", "mainnet", "--dns-seed", Zone, "--dns-server", $"{NameServer}", "--services", services, "--json");
        Assert.True(await tool.WaitAsync(Cancellation) == 0, tool.Output);
        var seed = JsonElement.Parse(tool.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        return [.. seed.GetProperty("addresses").EnumerateArray().Select(static address => address.GetString()!).Order(StringComparer.Ordinal)];
    }
}
