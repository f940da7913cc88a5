using System.Globalization;
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

    /// <summary>A file that can't be used must not hide the others.</summary>
    [Theory]
    [InlineData("\"started\":\"2026-11-30T12:03:30.000Z\"", "\"started\":\"\\u001b[2J\"")]
    [InlineData("\"ended\":\"2026-11-30T12:05:00.000Z\"", "\"ended\":\"soon\"")]
    [InlineData("\"networks\":[", "\"networks\":[null,")]
    [InlineData("\"heights\":[", "\"heights\":[null,")]
    [InlineData("\"transports\":[", "\"transports\":[{\"name\":\"v3\",\"count\":-1},")]
    [InlineData("\"failures\":[", "\"failures\":[{\"name\":null,\"count\":1},")]
    [InlineData("\"round\":2,", "\"round\":0,")]
    [InlineData("\"addresses\":10,", "\"addresses\":-10,")]
    [InlineData("\"share\":0.3,", "\"share\":1.5,")]
    [InlineData("\"seconds\":90,", "\"seconds\":1e999,")]
    public async Task ReadAsync_LastSummaryThatNoCrawlWrites_IsLeftOut(string part, string other)
    {
        await WriteAsync(rounds: 2);
        var file = Path.Combine(_path, "summaries", "1796040300.json");
        var text = await File.ReadAllTextAsync(file, Cancellation);
        Assert.Contains(part, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(part, other, StringComparison.Ordinal), Cancellation);

        var report = await ReadAsync();

        Assert.Equal([1], report.Summaries.Select(static summary => summary.Round));
        Assert.StartsWith("mainnet, round 1, 2026-11-30T11:58:30.000Z to ", ReportTables.Format(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_TimesInAnotherForm_AreNormalized()
    {
        await WriteAsync(rounds: 1);
        var file = Path.Combine(_path, "summaries", "1796040000.json");
        var text = await File.ReadAllTextAsync(file, Cancellation);
        await File.WriteAllTextAsync(file, text.Replace("2026-11-30T11:58:30.000Z", "30 Nov 2026 12:58:30 +01:00", StringComparison.Ordinal), Cancellation);
        Assert.Equal("2026-11-30T11:58:30.000Z", (await ReadAsync()).Last.Started);
    }

    [Fact]
    public async Task ReadAsync_FileThatIsTooLong_IsLeftOut()
    {
        await WriteAsync(rounds: 2);
        await File.AppendAllTextAsync(Path.Combine(_path, "summaries", "1796040300.json"), new string(' ', 1 << 20), Cancellation);
        Assert.Equal([1], (await ReadAsync()).Summaries.Select(static summary => summary.Round));
    }

    [Fact]
    public async Task Format_CountsBeyondInt32_AreSummed()
    {
        await WriteAsync(rounds: 1);
        var report = await ReadAsync();
        var large = report.Last with { Failures = [.. Enumerable.Range(0, 20).Select(static number => new CountItem(string.Create(CultureInfo.InvariantCulture, $"cause {number:d2}"), int.MaxValue))] };
        Assert.Contains("10737418235", ReportTables.Format(new([large])), StringComparison.Ordinal);
        Assert.Contains("cause 01", ReportPage.Create(new([large])), StringComparison.Ordinal);
    }

    /// <summary>Thirty days of rounds are many more files than a chart has points.</summary>
    [Fact]
    public async Task ReadAsync_ManySummaries_KeepsTheLastAndThePointsOfTheOthers()
    {
        await WriteAsync(rounds: 1);
        var text = await File.ReadAllTextAsync(Path.Combine(_path, "summaries", "1796040000.json"), Cancellation);
        for (var round = 2; round <= 1000; round++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{1796040000 + round}.json");
            var other = text.Replace("\"round\":1,", string.Create(CultureInfo.InvariantCulture, $"\"round\":{round},"), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(_path, "summaries", name), other, Cancellation);
        }

        var summaries = (await ReadAsync()).Summaries;

        Assert.Equal(LineChart.MaxPoints, summaries.Length);
        Assert.Equal((1, 999, 1000), (summaries[0].Round, summaries[^2].Round, summaries[^1].Round));
        Assert.All(summaries[..^1], static summary => Assert.Empty(summary.UserAgents));
        Assert.NotEmpty(summaries[^1].UserAgents);
        Assert.All(summaries, static summary => Assert.Equal(2, summary.Networks.Count));
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
