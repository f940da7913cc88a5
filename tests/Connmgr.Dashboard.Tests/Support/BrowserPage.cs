using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Connmgr.Tool.Tests;

/// <summary>A page, and what went wrong in it: its test fails by that when it is disposed of.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _faults = new();
    private volatile bool _isForgiving;

    public BrowserPage(IBrowserContext context, IPage page, Uri own)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _faults.Enqueue($"console: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _faults.Enqueue($"exception: {error}");
        page.Request += (_, request) =>
        {
            if (!string.Equals(new Uri(request.Url).Authority, own.Authority, StringComparison.Ordinal))
                _faults.Enqueue($"request elsewhere: {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>The errors so far.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Takes what went wrong so far, and what will, for what a test brings about.</summary>
    public void Forgive()
    {
        _isForgiving = true;
        _faults.Clear();
    }

    /// <summary>Waits for a text somewhere in an element.</summary>
    public Task SeesAsync(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text);

    /// <summary>Holds the page to the rules of accessibility that a program can check.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } });
        Assert.True(result.Passes.Length > 20, "The check did not run.");
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(4).Select(node => $"{node.Html} {string.Join(", ", node.Any.Select(check => check.Message))}"))}")));
    }

    /// <summary>Saves a picture where CONNMGR_SCREENSHOTS says; nowhere without it.</summary>
    public async Task PictureAsync(string name, bool isFull = true)
    {
        if (Environment.GetEnvironmentVariable("CONNMGR_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = isFull });
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.True(_isForgiving || _faults.IsEmpty, string.Join('\n', _faults));
    }
}
