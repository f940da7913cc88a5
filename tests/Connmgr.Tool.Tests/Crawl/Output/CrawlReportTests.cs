using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Connmgr.Tool.Tests.Crawl.Output;

public sealed partial class CrawlReportTests : IDisposable
{
    private const string Hostile = "/<script>alert(1)</script>&\"'\u202e\e[31m/";

    private readonly string _path = Directory.CreateTempSubdirectory("connmgr-report-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task Create_HostileUserAgents_AreTextInAPageThatLoadsNothing()
    {
        await WriteAsync(rounds: 3);
        var page = ReportPage.Create(await ReadAsync());

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\e", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', page);
        Assert.DoesNotMatch(@"\s(on\w+|style|href|src)=", page);
        Assert.DoesNotMatch("url\\(|@import|https?:", page);
        Assert.Contains("default-src 'none'; style-src 'sha256-", page, StringComparison.Ordinal);

        var document = XDocument.Parse(page.Replace("<!doctype html>\n", string.Empty, StringComparison.Ordinal));
        Assert.Contains(document.Descendants("span"), static span => string.Equals(span.Value, "/<script>alert(1)</script>&\"'??[31m/", StringComparison.Ordinal));
        Assert.Equal(5, document.Descendants("polyline").Count()); // Two networks; known, visits, reachable.
        var sheet = Sheet().Match(page).Groups["sheet"].Value;
        Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sheet))), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_OneRound_HasNoHistory()
    {
        await WriteAsync(rounds: 1);
        var page = ReportPage.Create(await ReadAsync());
        Assert.DoesNotContain("over time", page, StringComparison.Ordinal);
        Assert.Contains("Autonomous systems (1 different)", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Format_Report_IsTables()
    {
        await WriteAsync(rounds: 2);
        var text = ReportTables.Format(await ReadAsync());
        Assert.StartsWith("mainnet, round 2, 2026-11-30T12:03:30.000Z to 2026-11-30T12:05:00.000Z: 10 visits, 3 of 10 known addresses reachable (30.0 %)\n", text, StringComparison.Ordinal);
        Assert.Contains("\nNetworks\nNetwork  Count  \nipv4         2  ##############################\nipv6         1  ###############\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_DamagedAndForeignSummaries_AreLeftOut()
    {
        await WriteAsync(rounds: 2);
        await File.WriteAllTextAsync(Path.Combine(_path, "summaries", "1796040001.json"), "{", Cancellation);
        var other = CrawlGen.Round(9, CrawlGen.Start.AddSeconds(2));
        await File.WriteAllTextAsync(
            Path.Combine(_path, "summaries", "1796040002.json"),
            JsonSerializer.Serialize(SummaryRules.Create("signet", other, [], map: null, []), CrawlJson.Default.CrawlSummary),
            Cancellation);
        Assert.Equal([1, 2], (await ReadAsync()).Summaries.Select(static summary => summary.Round));
    }

    [Fact]
    public async Task ReadAsync_NoSummary_SaysWhatToDo()
    {
        Assert.Contains("'connmgr crawl --out'", Assert.Throws<ToolException>(() => CrawlFolder.Open(_path)).Message, StringComparison.Ordinal);
        CrawlFolder.Create(_path);
        Assert.Contains("wait until the first round", (await Assert.ThrowsAsync<ToolException>(ReadAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1.01, 2)]
    [InlineData(3, 5)]
    [InlineData(4.5, 5)]
    [InlineData(700, 1000)]
    [InlineData(2000, 2000)]
    public void Nice_AnyValue_IsTheNextStep(double value, double expected) => Assert.Equal(expected, LineChart.Nice(value));

    [Fact]
    public void Thin_ManyPoints_KeepsFirstAndLast()
    {
        var points = LineChart.Thin(Enumerable.Range(0, 10_000));
        Assert.Equal((LineChart.MaxPoints, 0, 9999), (points.Count, points[0], points[^1]));
        Assert.Equal(points.Order(), points);
    }

    private async Task WriteAsync(int rounds)
    {
        await using var output = await CrawlOutput.OpenAsync(
            new CrawlOutputSettings { Chain = ChainParameters.Mainnet, Folder = CrawlFolder.Create(_path), AsMap = CrawlMap.OneSystem, Random = new Random(1) }, Cancellation);
        CrawledNode[] nodes = [CrawlGen.Node(1), CrawlGen.Node("1.2.3.4:8333", agent: SafeText.Line(Hostile)), CrawlGen.Node("[2a01:4f8::6]:8333")];
        for (var round = 1; round <= rounds; round++)
            await output.EndRoundAsync(CrawlGen.Round(round, CrawlGen.Start.AddMinutes(5 * (round - 1))), CrawlGen.Records(nodes, Cancellation), Cancellation);
    }

    private Task<CrawlReport> ReadAsync() => CrawlReport.ReadAsync(CrawlFolder.Open(_path), Cancellation);

    [GeneratedRegex("<style>(?<sheet>.*)</style>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Sheet();
}
