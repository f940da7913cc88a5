using System.Globalization;
using Connmgr.Bitcoin;
using Connmgr.Tool.Tests.Crawl;
using Microsoft.Playwright;

namespace Connmgr.Tool.Tests;

/// <summary>The page of <c>connmgr crawl report</c>, in a real browser, from a file.</summary>
public sealed class CrawlReportPageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const int Rounds = 60;

    private static readonly string[] Agents =
    [
        "/Satoshi:31.0.0/", "/Satoshi:30.2.0/", "/Satoshi:30.0.0/", "/Satoshi:29.1.0/", "/Satoshi:28.1.0/", "/Satoshi:27.0.0/", "/btcd:0.25.0/", "/bcoin:2.2.0/",
        "/<img src=x onerror=alert(1)>/", "/</style><script>alert(1)</script>/", string.Empty,
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-report-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task Page_FromAFile_ShowsChartsAndRunsNothing(int width, ColorScheme colors)
    {
        Assert.SkipWhen(Browser.Missing is not null, Browser.Missing ?? string.Empty);
        var path = Path.Combine(_folder, "report.html");
        await File.WriteAllTextAsync(path, ReportPage.Create(CreateReport()), Cancellation);
        await using var page = await browser.OpenFileAsync(path, width, colors); // A violation of the page's policy would be an error of the console.
        page.Page.Dialog += static (_, dialog) => Assert.Fail($"A node's text ran as a script: {dialog.Message}");

        await page.SeesAsync("h1", "Crawl of mainnet");
        await page.SeesAsync("main", "/<img src=x onerror=alert(1)>/");
        await page.SeesAsync("main", "/</style><script>alert(1)</script>/");
        await Assertions.Expect(page.Page.Locator("script, img, link, a")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator("polyline")).ToHaveCountAsync(6);
        await Assertions.Expect(page.Page.Locator("section")).ToHaveCountAsync(12);
        Assert.Equal(
            colors == ColorScheme.Dark ? "rgb(15, 18, 22)" : "rgb(244, 245, 247)", await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.True(await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page is wider than the screen.");
        await page.AssertAccessibleAsync();
        await page.PictureAsync(string.Create(CultureInfo.InvariantCulture, $"report-{width}-{colors}"));
    }

    private static CrawlReport CreateReport() => new([.. Enumerable.Range(1, Rounds).Select(static number =>
    {
        var random = new Random(number);
        var nodes = Enumerable.Range(0, 400 + number + random.Next(20)).Select(i => Create(i, random)).ToArray();
        var round = CrawlGen.Round(number, CrawlGen.Start.AddMinutes(5 * number), addresses: 3000 + (20 * number)) with { Visits = 2200 + random.Next(400) };
        var failures = new CountItem[] { new("tcp timeout", 1500), new("tcp refused", 300), new("handshake reset", 40) };
        return SummaryRules.Create("mainnet", round, nodes, CrawlMap.OneSystem, failures) with { Zone = new("seed.example.org", 1_796_040_000, 120, 15, 310) };
    })]);

    private static CrawledNode Create(int i, Random random)
    {
        var endPoint = (i % 10) switch
        {
            < 6 => string.Create(CultureInfo.InvariantCulture, $"{20 + (i % 60)}.{i % 256}.{i / 256}.1:8333"),
            < 9 => string.Create(CultureInfo.InvariantCulture, $"[2a01:{i:x}::1]:8333"),
            _ => "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333",
        };
        var services = CrawlGen.Full | (i % 7 == 0 ? NodeServices.CompactFilters : NodeServices.None) | (i % 5 == 0 ? NodeServices.Bloom : NodeServices.None);
        return CrawlGen.Node(endPoint, services, 900_000 - (i % 40 == 0 ? i : i % 30 == 0 ? 1 : 0), agent: Agents[random.Next(random.Next(Agents.Length) + 1)]) with
        {
            Milliseconds = 20 + random.Next(300),
            IsEncrypted = i % 3 > 0,
        };
    }
}
