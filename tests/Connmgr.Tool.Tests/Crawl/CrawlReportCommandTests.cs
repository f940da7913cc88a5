using System.Text.Json;

namespace Connmgr.Tool.Tests.Crawl;

/// <summary>The commands for a crawl's results: the zone that it writes, and its report.</summary>
public sealed class CrawlReportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-results-").FullName;

    private string Results => Path.Combine(_folder, "results");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("crawl --once --zone seed.example.org", "--zone and --zone-ns only apply with --zone-file")]
    [InlineData("crawl --once --zone-ns ns.example.org", "--zone and --zone-ns only apply with --zone-file")]
    [InlineData("crawl --once --zone-file z --zone seed", "--zone is 'seed': use a host name with a domain")]
    [InlineData("crawl --once --zone-file z --zone .", "--zone is '.': use a host name with a domain")]
    [InlineData("crawl --once --zone-file z --zone seed.example.org;evil", "--zone is 'seed.example.org;evil': use a host name")]
    [InlineData("crawl --once --zone-file z --zone seed..org", "--zone is 'seed..org': use a host name")]
    [InlineData("crawl --once --zone-file z --zone seed.example.org --zone-ns 192.0.2.1:53", "--zone-ns is '192.0.2.1:53': use a host name")]
    [InlineData("crawl --once --zone-file z --zone example.org", "--zone is 'example.org', which has no default for --zone-ns: add")]
    [InlineData("crawl --once --zone-file z --zone NS.example.org.", "--zone is 'ns.example.org', which has no default for --zone-ns: add")]
    [InlineData("crawl --once --zone-file z --zone seed.example.org --zone-ns ns.Seed.example.org.", "--zone-ns is 'ns.seed.example.org', which is in the zone")]
    [InlineData("crawl --once --zone-file z --zone seed.example.org --zone-ns seed.example.org", "--zone-ns is 'seed.example.org', which is in the zone")]
    public async Task Crawl_ZoneThatIsNotValid_ExitsWith2AndSaysWhatToWrite(string line, string remedy)
    {
        var run = new ToolRun();

        Assert.Equal(2, await run.RunAsync(line.Split(' ')));

        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "ns.example.org")]
    [InlineData("DNS.example.net.", "dns.example.net")]
    [InlineData("notseed.example.org", "notseed.example.org")]
    [InlineData("myseed.example.org.net", "myseed.example.org.net")]
    public async Task Crawl_Zone_IsNormalizedAndHasItsNameServer(string? nameServer, string expected)
    {
        var zone = Path.Combine(_folder, "zone");
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync(["crawl", "--once", "--zone-file", zone, "--zone", "Seed.Example.ORG.", .. nameServer is null ? (string[])[] : ["--zone-ns", nameServer]]));

        var text = await File.ReadAllTextAsync(zone, Cancellation);
        Assert.Contains("\n$ORIGIN seed.example.org.\n", text, StringComparison.Ordinal);
        Assert.Contains($"\n@ IN NS {expected}.\n", text, StringComparison.Ordinal);
        Assert.Contains("\n@ IN A ", text, StringComparison.Ordinal);
        Assert.True(File.Exists(zone + ".scores"));
    }

    [Fact]
    public async Task Report_AfterARound_ShowsTablesAndWritesThePage()
    {
        Assert.Equal(0, await new ToolRun().RunAsync("crawl", "--once", "--out", Results));
        var run = new ToolRun();

        Assert.Equal(0, await run.RunAsync("crawl", "report", Results));

        var page = Path.Combine(Results, "report.html");
        Assert.StartsWith("sandbox, round 1, ", run.Out, StringComparison.Ordinal);
        Assert.Contains("\nUser agents (", run.Out, StringComparison.Ordinal);
        Assert.EndsWith($"\nwrote '{page}'\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("<h1>Crawl of sandbox</h1>", await File.ReadAllTextAsync(page, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_JsonAndHtml_WritesTheSummaryAndAnotherFile()
    {
        Assert.Equal(0, await new ToolRun().RunAsync("crawl", "--once", "--out", Results));
        var (run, page) = (new ToolRun(), Path.Combine(_folder, "index.html"));

        Assert.Equal(0, await run.RunAsync("crawl", "report", Results, "--json", "--html", page));

        var snapshot = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Path.Combine(Results, "snapshots"))), Cancellation);
        Assert.Equal(JsonElement.Parse(snapshot).GetArrayLength(), Assert.Single(run.Lines).GetProperty("reachable").GetInt32());
        Assert.True(File.Exists(page));
        Assert.False(File.Exists(Path.Combine(Results, "report.html")));
    }

    [Fact]
    public async Task Report_FolderWithoutResults_ExitsWith1AndSaysWhatToName()
    {
        var run = new ToolRun();

        Assert.Equal(1, await run.RunAsync("crawl", "report", _folder));

        Assert.Contains("name the folder of 'connmgr crawl --out'", run.Error, StringComparison.Ordinal);
    }
}
