using System.Globalization;
using System.Text.Json;

namespace Connmgr.Interop.Seeding;

/// <summary><c>connmgr run</c> in a mainnet of its own, from nothing: DNS seeds, gossip, dead addresses, a kill.</summary>
public sealed class SeededRunTests
{
    /// <summary>Of 5000; CONNMGR_ALIVE gives another number.</summary>
    private const int Alive = 1000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_EmptyDirectoryThenKilled_FillsBySeedsAndGossipThenFromItsBookAlone()
    {
        var alive = int.TryParse(Environment.GetEnvironmentVariable("CONNMGR_ALIVE"), CultureInfo.InvariantCulture, out var given) ? given : Alive;
        await using var world = await SeededNetwork.StartAsync(alive, Cancellation);
        var folder = Directory.CreateTempSubdirectory("connmgr-run-").FullName;
        using var reap = Reaper.Instance.Add($"rm -rf {folder}");
        var data = Path.Combine(folder, "data");
        Figure("addresses_in_the_books_of_bitcoinds", SeededNetwork.Addresses, "addresses");
        Figure("addresses_alive", alive, "addresses");

        await RunFromNothingAsync(world, folder, data);
        using var silent = await world.SilenceDnsAsync();
        await RunFromBookAsync(world, folder, data);

        var packets = 0;
        for (var buffer = new byte[2048]; silent.Available > 0; packets++)
            await silent.ReceiveAsync(buffer, Cancellation);
        Figure("second_run_dns_packets", packets, "packets");
        Assert.Equal(0, packets);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task RunFromNothingAsync(SeededNetwork world, string folder, string data)
    {
        var file = new RunFile(Path.Combine(folder, "first"));
        await using var run = Run(world, Path.Combine(folder, "first"), data);
        var events = await file.WaitUntilFullAsync(run, Cancellation);
        AssertFull(world, events);
        var (total, tried) = await WaitForBookAsync(world, data, run);

        Figure("first_run_seconds_to_full", RunFile.SecondsToFull(events), "s");
        Figure("first_run_dials", RunFile.Count(events, "attemptStarted"), "dials");
        Figure("first_run_book", total, "addresses");
        Figure("first_run_tried", tried, "addresses");

        await run.KillAsync();
        var saved = await PeersFile.LoadAsync(
            Path.Combine(data, ChainParameters.Mainnet.Name, PeersFile.FileName), ChainParameters.Mainnet.Magic, cancellationToken: Cancellation);
        Figure("book_after_kill", saved.Count, "addresses");
        Assert.True(saved.GetCount(tables: AddressTables.Tried) > 0, "Nobody that it met is in the file.");
    }

    private static async Task RunFromBookAsync(SeededNetwork world, string folder, string data)
    {
        var file = new RunFile(Path.Combine(folder, "second"));
        await using var run = Run(world, Path.Combine(folder, "second"), data);
        var events = await file.WaitUntilFullAsync(run, Cancellation);
        AssertFull(world, events);

        Figure("second_run_seconds_to_full", RunFile.SecondsToFull(events), "s");
        Figure("second_run_dials", RunFile.Count(events, "attemptStarted"), "dials");
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    private static ServerProcess Run(SeededNetwork world, string outputFile, string data) =>
        ToolProcess.StartInto(outputFile, world.Network, "run", "--network", "mainnet", "--data-dir", data, "--json");

    private static void AssertFull(SeededNetwork world, IReadOnlyList<JsonElement> events)
    {
        var peers = RunFile.Connected(events);
        Assert.True(peers.Count >= 8, $"{peers.Count} peers");
        Assert.Equal(peers.Count, peers.Select(peer => (peer.GetAddressBytes()[0], peer.GetAddressBytes()[1])).Distinct().Count());
        Assert.All(peers, peer => Assert.Contains(peer, world.AliveAddresses));
    }

    /// <summary>Waits until gossip has brought more than the seeds could, and that is in the file, tried ones included.</summary>
    private static async Task<(int Total, int Tried)> WaitForBookAsync(SeededNetwork world, string data, ServerProcess run)
    {
        const int BySeeds = 7 * SeededNetwork.AddressesPerSeed;
        var (total, tried) = (0, 0);
        await Poll.UntilAsync(
            async token =>
            {
                Assert.False(run.HasExited, $"connmgr run ended: {run.Output}");
                await using var stats = ToolProcess.Start(world.Network, "addresses", "--data-dir", data, "stats", "--json");
                Assert.True(await stats.WaitAsync(token) == 0, stats.Output);
                var all = JsonElement.Parse(stats.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
                (total, tried) = (all.GetProperty("total").GetInt32(), all.GetProperty("tried").GetInt32());
                var path = Path.Combine(data, ChainParameters.Mainnet.Name, PeersFile.FileName);
                if (total < BySeeds * 3 || !File.Exists(path))
                    return false;
                var saved = await PeersFile.LoadAsync(path, ChainParameters.Mainnet.Magic, cancellationToken: token);
                return saved.Count > BySeeds && saved.GetCount(tables: AddressTables.Tried) > 0;
            },
            () => $"the book has {total} addresses, {tried} of them tried, and the file has less",
            Cancellation);
        return (total, tried);
    }

    /// <summary>Tells a figure: in the test's output, and in the file that CONNMGR_FIGURES names.</summary>
    private static void Figure(string name, double value, string unit)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.###} {unit}");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("CONNMGR_FIGURES") is { Length: > 0 } path)
            File.AppendAllText(path, line + "\n");
    }
}
