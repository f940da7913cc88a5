using Microsoft.Playwright;

namespace Connmgr.Tool.Tests;

/// <summary>The system's Chromium, one for all tests, with a page for each. Nothing is downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-default-apps", "--disable-extensions",
    ];

    /// <summary>The timeout of a page, in milliseconds.</summary>
    public const float Patience = 60_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The reason why there is no browser; null when there is one.</summary>
    public static string? Missing => Environment.GetEnvironmentVariable("CONNMGR_NO_CHROMIUM") is { Length: > 0 } reason
        ? reason
        : Array.Exists(Places, File.Exists) ? null : "no Chromium: install the package chromium";

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
            return;

        // Playwright waits 5 s for what is expected of a page and 30 s for a browser: too little for a machine that does much else.
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Array.Find(Places, File.Exists),
            Args = Arguments,
            Timeout = 2 * Patience,
        });
    }

    /// <summary>Opens the page of a dashboard, and keeps watch over it.</summary>
    internal Task<BrowserPage> OpenAsync(DashboardRun run, string path = "/", int width = 1280, int height = 900, ColorScheme colors = ColorScheme.Light) =>
        OpenAsync(run.Server.Address, path, width, height, colors);

    /// <summary>Opens a page that is a file, and keeps watch over it.</summary>
    internal Task<BrowserPage> OpenFileAsync(string path, int width = 1280, ColorScheme colors = ColorScheme.Light) =>
        OpenAsync(new Uri("file:///"), new Uri(path).ToString(), width, height: 900, colors);

    /// <summary>Opens a page, and keeps watch over it.</summary>
    internal async Task<BrowserPage> OpenAsync(Uri own, string path, int width = 1280, int height = 900, ColorScheme colors = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = own.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colors,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        var page = new BrowserPage(context, await context.NewPageAsync(), own);
        await page.Page.GotoAsync(path);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
