using System.Diagnostics;

namespace Connmgr.Docs.Tests.Reference;

/// <summary>What is packed next to the tool: man pages and completions.</summary>
public class PackagingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Pages => [.. ManPages.Build().Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void ManPages_AreWhatTheHelpSays() => AssertSame(ManPages.Folder, ManPages.Build());

    [Fact]
    public void Completions_AreWhatTheToolPrints() => AssertSame(Completions.Folder, Completions.Build());

    [Fact]
    public void ManPages_HaveEveryCommandAndOption()
    {
        var pages = ManPages.Build();

        Assert.Equal(11, pages.Count);
        Assert.Contains(@"\fB\-\-until\-full\fR", pages["connmgr-run.1"], StringComparison.Ordinal);
        Assert.Contains(@"\fB\-\-dashboard\fR \fI", pages["connmgr-run.1"], StringComparison.Ordinal);
        Assert.Contains(".B connmgr bans add ADDRESS\\-OR\\-SUBNET [OPTIONS]", pages["connmgr-bans.1"], StringComparison.Ordinal);
        Assert.Contains(@"\fBconnmgr\-crawl\fR(1)", pages["connmgr.1"], StringComparison.Ordinal);
        Assert.All(pages.Values, page => Assert.True(page.All(static one => one is '\n' or (>= ' ' and <= '~')), "A page is ASCII: others need the reader's locale."));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task ManPage_Groff_FindsNothingWrong(string page)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/groff"), "There is no groff.");
        var start = new ProcessStartInfo("groff", ["-man", "-ww", "-Tascii", "-P-cbu", Repository.GetPath($"{ManPages.Folder}/{page}")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var groff = Process.Start(start)!;
        var text = groff.StandardOutput.ReadToEndAsync(Token);
        var warnings = await groff.StandardError.ReadToEndAsync(Token);
        await groff.WaitForExitAsync(Token);

        Assert.Empty(warnings);
        Assert.Contains("SYNOPSIS", await text, StringComparison.Ordinal);
    }

    private static void AssertSame(string folder, IReadOnlyDictionary<string, string> built)
    {
        var files = Directory.GetFiles(Repository.GetPath(folder)).ToDictionary(file => Path.GetFileName(file), File.ReadAllText, StringComparer.Ordinal);

        Assert.Equal(built.Keys.Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));
        Assert.All(built, page => Assert.True(
            page.Value.Equals(files[page.Key], StringComparison.Ordinal), $"{folder}/{page.Key} and the tool differ: run eng/update-docs.sh, and look at what changed."));
    }
}
