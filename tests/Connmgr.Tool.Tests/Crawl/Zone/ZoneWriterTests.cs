namespace Connmgr.Tool.Tests.Crawl.Zone;

public sealed class ZoneWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-zone-").FullName;

    private ZoneSettings Settings => new() { Path = Path.Combine(_folder, "seed.zone"), Name = "seed.example.org", NameServer = "ns.example.org" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WriteAsync_GoodNodes_WritesAMasterFile()
    {
        var writer = await OpenAsync();
        var outcome = await writer.WriteAsync([CrawlGen.Node("1.2.3.4:8333"), CrawlGen.Node("[2a01:4f8::6]:8333"), CrawlGen.Node("1.9.3.4:8334")], CrawlGen.Start, Cancellation);

        Assert.Equal((2, 7), (outcome.Good, outcome.Entries.Length));
        var serial = CrawlGen.Start.ToUnixTimeSeconds();
        var text = await File.ReadAllTextAsync(Settings.Path, Cancellation);
        Assert.StartsWith(
            $"""
            ; Written by connmgr crawl at 2026-11-30T12:00:00.000Z. Changes are lost after the next round.
            $ORIGIN seed.example.org.
            $TTL 60
            @ IN SOA ns.example.org. hostmaster.seed.example.org. ( {serial} 900 300 604800 60 )
            @ IN NS ns.example.org.
            @ IN A 1.2.3.4
            @ IN AAAA 2a01:4f8::6
            x1 IN A 1.2.3.4

            """,
            text,
            StringComparison.Ordinal);
        Assert.EndsWith("\nxc08 IN A 1.2.3.4\nxc08 IN AAAA 2a01:4f8::6\n", text, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.True(File.GetUnixFileMode(Settings.Path).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public async Task OpenAsync_AfterARestart_ContinuesUptimesAndSerial()
    {
        var first = await (await OpenAsync()).WriteAsync([CrawlGen.Node(1), CrawlGen.Node(2)], CrawlGen.Start, Cancellation);
        var writer = await OpenAsync();
        var second = await writer.WriteAsync([CrawlGen.Node(1)], CrawlGen.Start.AddSeconds(-5), Cancellation); // The clock was set back.
        Assert.Equal(first.Serial + 1, second.Serial);
        Assert.Equal(1, second.Good);
    }

    /// <summary>In a fleet, another process ends each round.</summary>
    [Fact]
    public async Task WriteAsync_TwoWriters_ShareTheUptimes()
    {
        ZoneWriter[] writers = [await OpenAsync(), await OpenAsync()];
        ZoneOutcome? outcome = null;
        for (var round = 0; round < 6; round++)
            outcome = await writers[round % 2].WriteAsync([CrawlGen.Node(1), .. round == 0 ? (CrawledNode[])[CrawlGen.Node(2)] : []], CrawlGen.Start.AddHours(round), Cancellation);
        outcome = await writers[0].WriteAsync([CrawlGen.Node(1), CrawlGen.Node(2)], CrawlGen.Start.AddHours(6), Cancellation);
        Assert.Equal(1, outcome.Good); // The second was down in five rounds of seven.
    }

    [Fact]
    public async Task WriteAsync_NoGoodNode_LeavesTheZone()
    {
        var writer = await OpenAsync();
        await writer.WriteAsync([CrawlGen.Node(1)], CrawlGen.Start, Cancellation);
        var before = await File.ReadAllTextAsync(Settings.Path, Cancellation);
        Assert.Empty((await writer.WriteAsync([], CrawlGen.Start.AddMinutes(5), Cancellation)).Entries);
        Assert.Equal(before, await File.ReadAllTextAsync(Settings.Path, Cancellation));
    }

    [Fact]
    public async Task WriteAsync_OutageOfTheCrawler_LeavesTheZone()
    {
        var writer = await OpenAsync();
        CrawledNode[] nodes = [.. Enumerable.Range(0, 16).Select(static number => CrawlGen.Node(number))];
        await writer.WriteAsync(nodes, CrawlGen.Start, Cancellation);
        var before = await File.ReadAllTextAsync(Settings.Path, Cancellation);

        var outcome = await writer.WriteAsync(nodes[..3], CrawlGen.Start.AddMinutes(5), Cancellation);

        Assert.True(outcome.IsOutage);
        Assert.Empty(outcome.Entries);
        Assert.Equal(before, await File.ReadAllTextAsync(Settings.Path, Cancellation));
        Assert.False((await writer.WriteAsync(nodes[..4], CrawlGen.Start.AddMinutes(10), Cancellation)).IsOutage);
    }

    [Fact]
    public async Task OpenAsync_DamagedUptimes_SaysWhatToDo()
    {
        await File.WriteAllTextAsync(Settings.ScoresPath, "damaged", Cancellation);
        var error = await Assert.ThrowsAsync<ToolException>(OpenAsync);
        Assert.Contains("Move the file away", error.Message, StringComparison.Ordinal);
    }

    private Task<ZoneWriter> OpenAsync() => ZoneWriter.OpenAsync(Settings, ChainParameters.Mainnet, PrefixNetgrouper.Instance, new Random(1), Cancellation);
}
