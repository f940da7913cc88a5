using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests.Crawl;

/// <summary>The command in a network in memory. Output/ has the tests of its files.</summary>
public sealed class CrawlCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-crawl-");

    private string Out => Path.Combine(_folder.FullName, "out");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("crawl --sandbox 0", "from 1 to 1000000")]
    [InlineData("crawl --network mainnet --sandbox 5", "--sandbox only applies in the sandbox")]
    [InlineData("crawl --proxy 127.0.0.1:9050", "--proxy has no effect in the sandbox")]
    [InlineData("crawl --start 1.2.3.4", "--start has no effect in the sandbox")]
    [InlineData("crawl --once --revisit 5m", "--revisit has no effect with --once")]
    [InlineData("crawl --revisit 25d", "use at most 24d")]
    [InlineData("crawl --revisit forever", "use at most 24d")]
    [InlineData("crawl --answer-timeout 11m", "--answer-timeout is '11m': use at most 10m")]
    [InlineData("crawl --answer-timeout forever", "use at most 10m")]
    [InlineData("crawl --network regtest", "regtest has no DNS seeds: add --start 127.0.0.1:18444")]
    [InlineData("crawl --network regtest --start example.org", "--start is 'example.org', a name")]
    [InlineData("crawl --concurrency 0", "from 1 to 100000")]
    [InlineData("crawl --rate fast", "--rate is 'fast'")]
    [InlineData("crawl --only-net tor", "use ipv4, ipv6, onion, i2p or cjdns")]
    [InlineData("crawl --zone-file z", "--zone-file has no zone")]
    [InlineData("crawl --onec", "Did you mean --once?")]
    [InlineData("crawl repord", "Did you mean report?")]
    public async Task Crawl_UsageError_ExitsWith2AndSaysWhatToWrite(string line, string remedy)
    {
        var run = new ToolRun();

        Assert.Equal(2, await run.RunAsync(line.Split(' ')));

        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Crawl_Once_VisitsAllAndWritesTheFolder()
    {
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("crawl", "--once", "--out", Out));

        Assert.Matches("^Round 1: [0-9]+ addresses visited in [0-9]+ s, [0-9]+ reached \\(100 %\\); [0-9]+ addresses known.\n$", run.Out);
        Assert.Empty(run.Error);
        Assert.Single(Directory.GetFiles(Path.Combine(Out, "snapshots")));
        var loaded = await FrontierFile.LoadAsync(Path.Combine(Out, FrontierFile.FileName), Testing.SandboxNetwork.Chain.Magic);
        var status = await loaded.GetStatusAsync();
        Assert.Equal((2, 0, 0), (status.Round, status.Leased, status.Completed));
        Assert.Contains($" {status.Addresses} addresses known.", run.Out, StringComparison.Ordinal);
        Assert.Equal(status.Addresses, await loaded.GetRecordsAsync().LongCountAsync());
    }

    [Fact]
    public async Task Crawl_Json_IsOneLinePerVisit()
    {
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("crawl", "--once", "--json", "--concurrency", "5"));

        Assert.All(run.Lines, static line => Assert.True(line.GetProperty("reached").GetBoolean()));
        Assert.Equal(run.Lines.Count, run.Lines.Select(static line => line.GetProperty("address").GetString()).Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(run.Lines.Count, 26, 64); // The addresses of the seeds, and more.
    }

    /// <summary>Otherwise the transport of a node depends on who named it: a DNS seed does not tell the services, so both are tried.</summary>
    [Fact]
    public async Task Crawl_Sandbox_EachNodeSpeaksTheTransportThatItOffers()
    {
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("crawl", "--once", "--json", "--answer-timeout", "30s"));

        Assert.NotEmpty(run.Lines);
        Assert.All(run.Lines, static line =>
        {
            var services = (NodeServices)Convert.ToUInt64(line.GetProperty("services").GetString(), 16);
            Assert.Equal(services.HasFlag(NodeServices.P2PV2) ? "v2" : "v1", line.GetProperty("transport").GetString());
        });
    }

    [Fact]
    public async Task Crawl_Stopped_ContinuesInTheSameRound()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var first = new ToolRun { OutWriter = new WatchedWriter("\"reached\":true", stop) };
        Assert.Equal(0, await first.RunAsync(stop.Token, "crawl", "--json", "--out", Out, "--concurrency", "3"));

        var second = new ToolRun();
        Assert.Equal(0, await second.RunAsync("crawl", "--once", "--json", "--out", Out));

        string[] addresses = [.. first.Lines.Concat(second.Lines).Select(static line => line.GetProperty("address").GetString()!)];
        Assert.True(first.Lines.Count > 0 && second.Lines.Count > 0);
        Assert.Equal(addresses.Length, addresses.Distinct(StringComparer.Ordinal).Count());
        Assert.All(second.Lines, static line => Assert.Equal(1, line.GetProperty("round").GetInt64()));
    }

    [Fact]
    public async Task Crawl_DamagedState_BeginsAnewAndKeepsTheFile()
    {
        Directory.CreateDirectory(Out);
        await File.WriteAllTextAsync(Path.Combine(Out, FrontierFile.FileName), "\u00d5 is not a frontier");
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Out, FrontierFile.FileName));
        Testing.SandboxNetwork.Chain.Magic.CopyTo(bytes);
        await File.WriteAllBytesAsync(Path.Combine(Out, FrontierFile.FileName), bytes);
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("crawl", "--once", "--out", Out));

        Assert.Contains("the crawl begins again", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Out, FrontierFile.FileName + ".bad")));
    }

    [Fact]
    public async Task Crawl_StateOfAnotherChain_IsRefused()
    {
        Directory.CreateDirectory(Out);
        await FrontierFile.SaveAsync(new MemoryFrontier(), Path.Combine(Out, FrontierFile.FileName), ChainParameters.Signet.Magic);
        var run = new ToolRun();

        Assert.Equal(1, await run.RunAsync("crawl", "--once", "--out", Out));

        Assert.Contains("belongs to another chain", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_OfARound_HasBarRateAndEstimate()
    {
        var now = DateTimeOffset.UnixEpoch;
        var status = new FrontierStatus { Round = 3, RoundStart = now, IsRoundOver = false, Addresses = 500, Due = 150, Leased = 50, Completed = 200, Reached = 90 };

        Assert.Equal("Round 3 [############............] 50 %, 200 of 400 visited, 90 reached, 50 under way, 10/s, 20 s left", CrawlBar.Format(status, 50, 10, now));
        Assert.Equal("Round 3 begins in 1m 05s ...", CrawlBar.Format(status with { RoundStart = now.AddSeconds(65) }, 0, 0, now));
        Assert.Equal("Looking for addresses to begin with ...", CrawlBar.Format(status with { Due = 0, Leased = 0, Completed = 0 }, 0, 0, now));
    }

    [Fact]
    public void Add_Samples_IsTheRateOfHalfAMinute()
    {
        var rate = new VisitRate();

        Assert.Equal(0, rate.Add(TimeSpan.Zero, 0));
        Assert.Equal(10, rate.Add(TimeSpan.FromSeconds(10), 100));
        Assert.Equal(5, rate.Add(TimeSpan.FromSeconds(40), 250));
        Assert.Equal(5, rate.Add(TimeSpan.FromSeconds(70), 400));
    }
}
