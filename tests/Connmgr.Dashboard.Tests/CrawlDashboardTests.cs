using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connmgr.Bitcoin;
using Connmgr.Tool.Tests.Crawl;
using Json.Schema;
using Microsoft.Playwright;

namespace Connmgr.Tool.Tests;

/// <summary>The dashboard of <c>connmgr crawl</c>: the command, the API and the page.</summary>
public sealed class CrawlDashboardTests(Browser browser) : IClassFixture<Browser>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--dashboard-remote", "--dashboard", "0.0.0.0:0")]
    [InlineData("it has no port", "--dashboard", "127.0.0.1")]
    [InlineData("only apply with --dashboard", "--dashboard-host", "nodes.example.org")]
    public async Task Crawl_DashboardThatIsNotMeant_IsAUsageError(string hint, params string[] args)
    {
        using var error = new StringWriter();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System); // One that crawls all the same is to end.
        Assert.Equal(2, await new ToolApp(new ToolEnvironment { Out = TextWriter.Null, Error = error }).RunAsync(["crawl", .. args], deadline.Token));
        Assert.Contains(hint, error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The sandbox is that of the command itself, with dead hosts, so a round takes some seconds.</summary>
    [Fact]
    public async Task Crawl_WithDashboard_ServesItUntilItEnds()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var error = new SharedWriter();
        var running = Task.Run(() => new ToolApp(new ToolEnvironment { Out = TextWriter.Null, Error = error })
            .RunAsync(["crawl", "--sandbox", "30", "--dashboard", "127.0.0.1:0"], stop.Token));
        await Eventually.TrueAsync(() =>
        {
            Assert.False(running.IsCompleted, error.ToString());
            return error.ToString().Contains('\n', StringComparison.Ordinal);
        });
        Assert.StartsWith("connmgr: dashboard: http://127.0.0.1:", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("token", error.ToString(), StringComparison.Ordinal); // There is nothing to change, and no other machine.

        using var client = new HttpClient { BaseAddress = new Uri(error.ToString().Split('\n')[0].Split(' ')[2]) };
        JsonElement crawl = default;
        await Eventually.TrueAsync(async () =>
        {
            crawl = JsonElement.Parse(await client.GetByteArrayAsync("api/v1/crawl", Cancellation));
            return crawl.GetProperty("rounds").GetArrayLength() > 0 && crawl.GetProperty("visits").GetInt64() == crawl.GetProperty("rounds")[0].GetProperty("visits").GetInt64();
        });
        Assert.Equal(
            crawl.GetProperty("visits").GetInt64(), crawl.GetProperty("networks").EnumerateArray().Sum(static network => network.GetProperty("visits").GetInt64()));
        Assert.NotEqual(0, crawl.GetProperty("userAgents").GetArrayLength());
        Assert.NotEqual(0, crawl.GetProperty("failures").GetArrayLength());
        Assert.Contains("connmgr_crawl_visits", await client.GetStringAsync("metrics", Cancellation), StringComparison.Ordinal);
        using (var health = await client.GetAsync("healthz", Cancellation))
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);

        await stop.CancelAsync();
        Assert.Equal(0, await running);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("healthz", Cancellation));
    }

    [Fact]
    public async Task Answers_AreAsTheDocumentSays()
    {
        await using var crawl = await CrawlDashboard.StartAsync();
        Fill(crawl.Board);
        await crawl.ShowsAsync(200);

        var document = JsonNode.Parse((await crawl.GetAsync("/api/v1/openapi.json")).GetRawText())!;

        Assert.Equal(
            ["/api/v1/crawl", "/api/v1/events", "/api/v1/openapi.json", "/healthz", "/metrics"],
            document["paths"]!.AsObject().Select(static path => path.Key).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (var (path, name) in ((string, string)[])[("/api/v1/crawl", "CrawlItem"), ("/healthz", "CrawlHealth")])
        {
            var schema = JsonSchema.FromText(document["components"]!["schemas"]![name]!.ToJsonString());
            Assert.True(schema.Evaluate(await crawl.GetAsync(path)).IsValid, path);
        }

        var state = await crawl.GetAsync("/api/v1/crawl");
        Assert.Equal(("regtest", "one"), (state.GetProperty("network").GetString(), state.GetProperty("fleet").GetString()));
        Assert.Equal((3, 0.5), (state.GetProperty("round").GetProperty("number").GetInt64(), state.GetProperty("round").GetProperty("progress").GetDouble()));
    }

    [Fact]
    public async Task Events_EachIsTheState()
    {
        await using var crawl = await CrawlDashboard.StartAsync();
        Fill(crawl.Board);
        using var response = await crawl.Client.GetAsync(new Uri("/api/v1/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        var states = new List<JsonElement>();
        while (states.Count < 2)
        {
            if (await reader.ReadLineAsync(Cancellation) is { Length: > 6 } line && line.StartsWith("data: ", StringComparison.Ordinal))
                states.Add(JsonElement.Parse(line["data: ".Length..]));
        }

        Assert.All(states, static state => Assert.Equal("/Satoshi:30.0.0/", state.GetProperty("userAgents")[0].GetProperty("name").GetString()));
        Assert.True(states[1].GetProperty("seconds").GetDouble() > states[0].GetProperty("seconds").GetDouble());
    }

    [Fact]
    public async Task Remote_ReadingNeedsTheTokenOfTheLink()
    {
        await using var crawl = await CrawlDashboard.StartAsync(new DashboardSettings { Address = IPAddress.Any, Port = 0 });
        var local = new Uri($"http://127.0.0.1:{crawl.Server.Address.Port}");
        foreach (var path in (string[])["/api/v1/crawl", "/api/v1/events", "/metrics"])
        {
            using var refused = await crawl.Client.GetAsync(new Uri(local, path), Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.Contains($"#token={crawl.Server.Token} (anyone with this link can read it)", crawl.Server.Invitation, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(local, "/api/v1/crawl"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", crawl.Server.Token);
        using var allowed = await crawl.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);

        if (Browser.Missing is not null)
            return;
        await using var page = await browser.OpenAsync(local, $"/#token={crawl.Server.Token}");
        await page.SeesAsync("#live", "live");
        Assert.DoesNotContain("token", page.Page.Url, StringComparison.Ordinal);
        await using var other = await browser.OpenAsync(local, "/");
        await Assertions.Expect(other.Page.Locator("#token-dialog")).ToBeVisibleAsync();
        await other.Page.FillAsync("#token", crawl.Server.Token);
        await other.Page.Keyboard.PressAsync("Enter");
        await other.SeesAsync("#live", "live");
        other.Forgive(); // The browser reports the refusal.
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Page_ShowsTheCrawlAndFollowsIt(ColorScheme colors, int width)
    {
        Assert.SkipWhen(Browser.Missing is not null, Browser.Missing ?? string.Empty);
        const string Markup = "/<img src=x onerror=alert(1)>/";
        await using var crawl = await CrawlDashboard.StartAsync();
        Fill(crawl.Board);
        crawl.Board.Add(CrawlGen.Visit("5.6.7.8:8333", Markup));
        await using var page = await browser.OpenAsync(crawl.Server.Address, "/", width, colors: colors);
        await page.SeesAsync("#network", "regtest, fleet one");
        await page.SeesAsync("#live", "live");
        await page.SeesAsync("#health", "healthy");
        await page.SeesAsync("#round-title", "Round 3");
        await page.SeesAsync("#progress-text", "50.0 %");
        await page.SeesAsync("#tiles", "Share reached");
        await page.SeesAsync("#networks-table tbody", "ipv4");
        await page.SeesAsync("#agents-bars", Markup);
        await page.SeesAsync("#failures-bars", "tcp timeout");
        await page.SeesAsync("#rounds-table tbody", "10.0 %");
        await page.SeesAsync("#notices-table tbody", "the disk is full");
        Assert.Equal(0, await page.Page.Locator("#agents-bars img").CountAsync());
        Assert.True(await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "It scrolls sideways.");
        await page.AssertAccessibleAsync();
        await page.PictureAsync($"crawl-{colors}-{width}".ToLowerInvariant());

        crawl.Frontier.Status = crawl.Frontier.Status with { Round = 4, Completed = 300, Due = 100, Leased = 0 };
        await page.SeesAsync("#round-title", "Round 4");
        await page.SeesAsync("#progress-text", "75.0 %");
    }

    [Fact]
    public void Board_ManyAgentsAndRounds_IsBounded()
    {
        var board = new CrawlBoard(TimeProvider.System);
        for (var i = 0; i < 3000; i++)
        {
            board.Add(CrawlGen.Visit("1.2.3.4:8333", $"/agent:{i}/"));
            board.Add(CrawlGen.Round(i + 1, CrawlGen.Start));
            board.AddNotice($"{i}");
        }

        var items = board.Get();

        Assert.Equal((SummaryRules.MaxNames + 1, 3000), (items.UserAgents.Length, items.UserAgents.Sum(static item => item.Count)));
        Assert.Equal((100, 3000, 20), (items.Rounds.Length, items.Rounds[0].Number, items.Notices.Length));
        board.Add(CrawlGen.Visit() with { Round = 4 });
        Assert.Equal(1, board.Get().UserAgents.Sum(static item => item.Count)); // Another round: its own counts.
    }

    [Fact]
    public void Health_OfAView_IsThatOfItsWork()
    {
        var statistics = new CrawlStatistics { Active = 0, Visits = 0, Reached = 0, Abandoned = 0, IsFrontierAvailable = true };
        var status = new FrontierStatus { Round = 3, RoundStart = CrawlGen.Start, IsRoundOver = false, Addresses = 5, Due = 5, Leased = 0, Completed = 0, Reached = 0 };
        var view = new CrawlView(status, statistics, 0);

        Assert.Equal(new CrawlHealth("healthy", "Round 3 goes on."), CrawlHealth.From(view, CrawlGen.Start));
        Assert.Equal(new CrawlHealth("healthy", "Round 3 begins in 1m 05s."), CrawlHealth.From(view, CrawlGen.Start.AddSeconds(-65)));
        Assert.Equal("degraded", CrawlHealth.From(view with { Status = status with { Addresses = 0 } }, CrawlGen.Start).Status);
        Assert.Equal("degraded", CrawlHealth.From(view with { Status = null }, CrawlGen.Start).Status);
        Assert.Equal("unhealthy", CrawlHealth.From(view with { Statistics = statistics with { IsOutage = true } }, CrawlGen.Start).Status);
        Assert.Equal("unhealthy", CrawlHealth.From(view with { Statistics = statistics with { IsFrontierAvailable = false } }, CrawlGen.Start).Status);
    }

    private static void Fill(CrawlBoard board)
    {
        board.Add(CrawlGen.Visit());
        board.Add(CrawlGen.Visit("1.2.3.5:8333"));
        board.Add(CrawlGen.Failure());
        board.Add(CrawlGen.Round(2, CrawlGen.Start));
        board.AddNotice("the disk is full");
    }
}
