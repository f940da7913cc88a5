using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Docs.Tests.Snippets.Migrations;
using Connmgr.NBitcoin;
using Connmgr.Testing;
using NBitcoin;
using Samples;

namespace Connmgr.Docs.Tests;

/// <summary>Runs the programs that the migration guides end with, in memory.</summary>
public sealed class MigrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The page shows what the command prints.</summary>
    [Fact]
    public async Task ComingFromCore_ConfigurationBefore_BecomesTheOneAfter()
    {
        var lines = Repository.ReadLines("docs/coming-from-core.md");
        var folder = Directory.CreateTempSubdirectory("migration").FullName;
        var file = Path.Combine(folder, "bitcoin.conf");
        await File.WriteAllTextAsync(file, string.Join('\n', GetFence("ini")));
        using var output = new StringWriter();
        var code = await new Tool.ToolApp(new() { Out = output, Error = output }).RunAsync(["import-config", file], TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(0, code);
        Assert.Equal(GetFence("toml"), output.ToString().TrimEnd().Split(Environment.NewLine), StringComparer.Ordinal);

        IEnumerable<string> GetFence(string language) =>
            lines.SkipWhile(line => !line.Equals($"```{language}", StringComparison.Ordinal)).Skip(1).TakeWhile(static line => line is not "```");
    }

    [Fact]
    public async Task ComingFromNBitcoin_ProgramAfter_HasPeersUntilItIsStopped()
    {
        var folder = Directory.CreateTempSubdirectory("migration").FullName;
        await using var nodes = new NodesInMemory(Network.RegTest, Network.RegTest.ToChainParameters(), blocks: 3);
        nodes.AddCrowd(200);
        using var stop = new CancellationTokenSource();
        var lines = new ConcurrentQueue<string>();
        var program = PeerNetworkProgram.RunAsync(Network.RegTest, Configure, lines.Enqueue, stop.Token);
        await Eventually.TrueAsync(() => lines.Count(static line => line.StartsWith('+')) >= 8);
        await stop.CancelAsync();
        await program.WaitAsync(Patience);
        Assert.NotEmpty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Directory.Delete(folder, recursive: true);

        void Configure(PeerNetworkOptions options)
        {
            nodes.Attach(options);
            options.DataDirectory = folder;
        }
    }

    [Fact]
    public async Task ComingFromYourOwn_PeersAfter_AreTheNumberWithFilters()
    {
        await using var nodes = new NodesInMemory(Network.RegTest, Network.RegTest.ToChainParameters(), blocks: 3);
        nodes.AddCrowd(300);
        using var stop = new CancellationTokenSource();
        await using var peers = new OwnPeers(Network.RegTest, target: 12, nodes.Attach);
        var program = peers.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => peers.Peers.Count == 12 && peers.Peers.Count(static peer => peer.Version.Services.HasFlag(Bitcoin.NodeServices.CompactFilters)) >= 5);
        using (peers.Announce(Network.RegTest.GetGenesis().Transactions[0]))
            await stop.CancelAsync();
        await program.WaitAsync(Patience);
        Assert.Empty(peers.Peers);
    }

    [Fact]
    public async Task ComingFromDcrd_ProgramAfter_DoesEachStep()
    {
        await using var memory = new MemoryNetwork(new() { DefaultBehavior = HostBehavior.Silent });
        var lines = new ConcurrentQueue<string>();
        var (home, other) = (IPEndPoint.Parse("1.2.3.4:9108"), IPEndPoint.Parse("5.6.7.8:9108"));
        await ComingFromDcrd.RunAsync(
            memory.Listen(IPEndPoint.Parse("10.0.0.1:9108")), new AddressPool(Enumerable.Range(20, 8).Select(static i => new IPEndPoint(new IPAddress([(byte)i, 1, 1, 1]), 9108))), home, other, memory.DialAsync,
            static (connection, closing) => connection.Closed.WaitAsync(closing), lines.Enqueue, TestContext.Current.CancellationToken).WaitAsync(Patience);
        Assert.Contains("5.6.7.8:9108 is connected", lines, StringComparer.Ordinal);
        Assert.Contains("Outbound 5.6.7.8:9108", lines, StringComparer.Ordinal);
        Assert.Contains(lines, static line => line.StartsWith("5.6.7.8:9108 is gone: ", StringComparison.Ordinal));
        await memory.DisposeAsync(); // Its hosts end in their own time.
        memory.EnsureNoLeaks();
    }
}
