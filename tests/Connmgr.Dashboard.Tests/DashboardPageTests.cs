using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Connmgr.Tool.Tests;

/// <summary>The page, in a real browser.</summary>
public sealed class DashboardPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Page_RunningNetwork_ShowsPeersAndFollowsThem()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 5, deadShare: 0.4);
        await using var page = await browser.OpenAsync(run);
        await run.FullAsync();
        await page.SeesAsync("#health", "full");
        await page.SeesAsync("#network", "sandbox");
        await page.SeesAsync("#live", "live");
        await Assertions.Expect(page.Page.Locator("#slotrows .slots li.taken")).ToHaveCountAsync(5);
        await Assertions.Expect(page.Page.Locator("#peers-table tbody tr")).ToHaveCountAsync(5);
        await Assertions.Expect(page.Page.Locator("#peers-table tbody tr [data-title='Rating']").First).ToHaveAttributeAsync("title", new Regex("connect -?[0-9]", RegexOptions.None, TimeSpan.FromSeconds(5)));
        await page.SeesAsync("#tiles", "Quarantined");
        await page.SeesAsync("#decision-list", "connected");
        await page.SeesAsync("#addresses-table", "ipv4");
        await page.SeesAsync("#seeds-table", "addresses");
        await Assertions.Expect(page.Page.Locator("#chart-grid svg path.line").First).ToBeAttachedAsync();

        // One peer goes, another comes, without a reload of the page.
        var gone = await page.Page.Locator("#peers-table tbody tr").First.GetAttributeAsync("data-key");
        await run.ChangeAsync("POST", $"/api/v1/peers/{gone}/disconnect");
        await Assertions.Expect(page.Page.Locator($"#peers-table tr[data-key='{gone}']")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator("#slotrows .slots li.taken")).ToHaveCountAsync(5);
        await page.SeesAsync("#decision-list", "The user or a policy disconnected it.");
    }

    [Fact]
    public async Task Page_Keyboard_AddsAndTakesBackABan()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 2);
        await run.FullAsync();
        await using var page = await browser.OpenAsync(run);
        await Assertions.Expect(page.Page.Locator("#ban-form")).ToBeHiddenAsync();

        await page.Page.Locator("#unlock").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.TypeAsync(run.Server.Token);
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("#unlock")).ToHaveTextAsync("Lock changes");
        await Assertions.Expect(page.Page.Locator("#unlock")).ToBeFocusedAsync(); // A dialog gives the focus back.

        await TabToAsync(page.Page, "ban-address");
        await page.Page.Keyboard.TypeAsync("192.0.2.0/24");
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.TypeAsync("1 week");
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.TypeAsync("spam");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.SeesAsync("#bans-table tbody", "192.0.2.0/24");
        await page.SeesAsync("#bans-table tbody", "spam");
        await page.SeesAsync("#toast", "192.0.2.0/24 is banned until");
        var ban = Assert.Single(run.Network.Bans.GetBans());
        Assert.Equal(TimeSpan.FromDays(7), ban.Until - ban.Created);

        await TabToAsync(page.Page, label: "Take back the ban of 192.0.2.0/24");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.SeesAsync("#bans-table", "No bans.");
        Assert.Equal(0, run.Network.Bans.Count);
        await Assertions.Expect(page.Page.Locator("#bans-title")).ToBeFocusedAsync(); // Its button is gone; the focus stays near.
    }

    [Fact]
    public async Task Page_WrongToken_SaysSoAndChangesNothing()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 0);
        await using var page = await browser.OpenAsync(run);
        await page.Page.ClickAsync("#unlock");
        await page.Page.FillAsync("#token", "wrong");
        await page.Page.ClickAsync("#token-form button[type=submit]");
        await page.SeesAsync("#token-error", "the token does not belong to this run");
        await Assertions.Expect(page.Page.Locator("#ban-form")).ToBeHiddenAsync();
        Assert.All(page.Faults, fault => Assert.Contains("401", fault, StringComparison.Ordinal)); // The browser reports the answer.
        page.Forgive();
    }

    [Fact]
    public async Task Page_LinkWithToken_UnlocksAndForgetsTheLink()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 0);
        await using var page = await browser.OpenAsync(run, $"/#token={run.Server.Token}");
        await Assertions.Expect(page.Page.Locator("#ban-form")).ToBeVisibleAsync();
        Assert.DoesNotContain(run.Server.Token, page.Page.Url, StringComparison.Ordinal);
        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.Locator("#ban-form")).ToBeVisibleAsync(); // For this tab.
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("localStorage.length"));
    }

    [Fact]
    public async Task Page_TextOfPeers_IsNeverMarkup()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 0);
        const string Markup = "<img src=x onerror=alert(1)><b>bold</b>";
        run.Network.Bans.Add(BanTarget.Parse("192.0.2.1"), TimeSpan.FromHours(1), BanCause.Manual, Markup);
        await using var page = await browser.OpenAsync(run);
        await page.SeesAsync("#bans-table tbody", Markup);
        Assert.Equal(0, await page.Page.Locator("#bans-table img, #bans-table b").CountAsync());
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Page_AnyColoursAndWidth_IsAccessible(ColorScheme colors, int width)
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 6, deadShare: 0.5, permanent: [new DnsEndPoint("nobody.invalid", 1)], sandbox: options => options.HostileShare = 0.2);
        run.Network.Bans.Add(BanTarget.Parse("192.0.2.0/24"), TimeSpan.FromDays(1), BanCause.Manual, "an example");
        await using var page = await browser.OpenAsync(run, $"/#token={run.Server.Token}", width, 800, colors);
        await page.SeesAsync("#slots-title ~ #reason, #reason", "6 of 7");
        await page.SeesAsync("#bans-table tbody", "an example");
        await Assertions.Expect(page.Page.Locator("#chart-grid svg rect").First).ToBeAttachedAsync();
        Assert.Equal(colors == ColorScheme.Dark, await page.Page.EvaluateAsync<bool>("getComputedStyle(document.body).backgroundColor === 'rgb(15, 18, 22)'"));
        await page.PictureAsync($"page-{colors}-{width}".ToLowerInvariant());

        var wide = await page.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('body *')].filter(e => !e.closest('nav, .hidden, thead') && getComputedStyle(e).position !== 'absolute' && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 120))");
        Assert.Empty(wide);
        Assert.True(await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "It scrolls sideways.");

        await page.AssertAccessibleAsync();
    }

    [Fact]
    public async Task Page_ThemeButton_GoesThroughTheThreeAndRemembers()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 0);
        await using var page = await browser.OpenAsync(run, colors: ColorScheme.Light);
        Assert.Equal("light", await SchemeAsync(page.Page));
        await page.Page.ClickAsync("#theme");
        Assert.Equal("light", await SchemeAsync(page.Page));
        await page.Page.ClickAsync("#theme");
        Assert.Equal("dark", await SchemeAsync(page.Page));
        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.Locator("#theme")).ToHaveAttributeAsync("aria-label", "Colours: dark");
        Assert.Equal("dark", await SchemeAsync(page.Page));
    }

    [Fact]
    public async Task Page_Charts_AreWalkedByArrowKeys()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 3);
        await using var page = await browser.OpenAsync(run);
        await Eventually.TrueAsync(async () => (await run.GetAsync("/api/v1/history")).GetProperty("points").GetArrayLength() > 3);
        var plot = page.Page.Locator(".plot").First;
        await LabelAsync(plot, label => label.StartsWith("Fill, now: automatic 3, target 3", StringComparison.Ordinal));
        await plot.FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        await LabelAsync(plot, label => label.StartsWith("Fill, ", StringComparison.Ordinal) && char.IsAsciiDigit(label[6]));
    }

    [Fact]
    public async Task Page_NoHistoryYet_ChartsNameNoTime()
    {
        Need();
        await using var run = await DashboardRun.StartAsync(target: 1);
        await using var page = await browser.OpenAsync(run);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.Page.RouteAsync("**/api/v1/history*", async route =>
        {
            await answer.Task;
            await route.ContinueAsync();
        });
        await page.Page.ReloadAsync();
        var labels = page.Page.Locator("#chart-grid figure").First.Locator("svg text");
        await Assertions.Expect(labels.Last).ToHaveTextAsync("now");
        Assert.DoesNotContain(await labels.AllTextContentsAsync(), text => text.Contains("ago", StringComparison.Ordinal));

        answer.SetResult();
        await Assertions.Expect(labels.Filter(new() { HasText = "1 min ago" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Page_RunEnds_SaysSoAndComesBack()
    {
        Need();
        // At the test's own address, the port is still free when the next run wants it.
        var address = Loopback.NextAddress();
        var first = await DashboardRun.StartAsync(target: 1, settings: new DashboardSettings { Address = address, Port = 0 });
        var port = first.Server.Address.Port;
        await using var page = await browser.OpenAsync(first);
        await page.SeesAsync("#live", "live");
        await first.DisposeAsync();
        await page.SeesAsync("#live", "no connection to the run");
        await using var second = await DashboardRun.StartAsync(target: 2, settings: new DashboardSettings { Address = address, Port = port });
        await page.SeesAsync("#slotrows", "Automatic 2 of 2");
        await Assertions.Expect(page.Page.Locator("#live")).ToHaveTextAsync("live");
        page.Forgive(); // The browser reports requests without an answer.
    }

    private static void Need() => Assert.SkipWhen(Browser.Missing is not null, Browser.Missing ?? string.Empty);

    private static Task LabelAsync(ILocator element, Predicate<string> isAsExpected) =>
        Eventually.TrueAsync(async () => isAsExpected(await element.GetAttributeAsync("aria-label") ?? string.Empty));

    private static Task<string> SchemeAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.documentElement).colorScheme");

    /// <summary>Presses Tab until something has the focus.</summary>
    private static async Task TabToAsync(IPage page, string? id = null, string? label = null)
    {
        for (var i = 0; i < 120; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var isThere = await page.EvaluateAsync<bool>(
                "([id, label]) => id ? document.activeElement.id === id : document.activeElement.getAttribute('aria-label') === label", new[] { id, label });
            if (!isThere)
                continue;
            Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"), StringComparer.Ordinal);
            return;
        }

        Assert.Fail($"Tab does not lead to {id ?? label}.");
    }
}
