using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary><c>connmgr crawl report</c>: shows the results of a crawl.</summary>
internal sealed class CrawlReportCommand(ToolEnvironment environment)
{
    private const string PageName = "report.html";

    private readonly Argument<string> _folder = new("dir") { Description = "The folder of 'connmgr crawl --out'.", HelpName = "DIR" };

    private readonly PathOption _page = PathOption.OfFile(
        "--html", $"The file of the page (default: {PageName} in the folder). An existing file is replaced.", PageName);

    private readonly FlagOption _json = FlagOption.Json();

    public Command Build()
    {
        var command = new DocumentedCommand(
            "report",
            "Shows the results of the last round of a crawl as tables, and writes a page with charts that a browser shows offline.",
            "connmgr crawl report crawl-results",
            "connmgr crawl report crawl-results --html /var/www/crawl/index.html",
            "connmgr crawl report crawl-results --json | jq .reachable")
        {
            _folder, _page, _json,
        };
        _folder.Validators.Add(static result =>
        {
            if (string.IsNullOrWhiteSpace(OptionToken.Get(result)))
                result.AddError("DIR is empty: give it the folder of a crawl, such as crawl-results.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = CrawlFolder.Open(parsed.GetValue(_folder)!);
        var report = await CrawlReport.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        var page = Path.GetFullPath(parsed.GetValue(_page) ?? Path.Combine(folder.Path, PageName));
        try
        {
            await NamedFile.WriteAsync(page, Encoding.UTF8.GetBytes(ReportPage.Create(report)), CrawlFolder.FileMode, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't write the page '{page}': {exception.Message}", exception);
        }

        var text = parsed.GetValue(_json)
            ? JsonSerializer.Serialize(report.Last, CrawlJson.Default.CrawlSummary) + "\n"
            : $"{ReportTables.Format(report)}\nwrote '{page}'\n";
        await environment.Out.WriteAsync(text).ConfigureAwait(false);
        return ExitCode.Success;
    }
}
