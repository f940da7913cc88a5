using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Holds every page to the code that it shows and the files that it points to.</summary>
public partial class PageTests
{
    public static TheoryData<string> Pages => [.. Repository.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_CodeInIt_IsTheCodeThatIsCompiled(string page)
    {
        var lines = Repository.ReadLines(page);

        var filled = Page.Fill(lines, Repository.ReadLines);

        Assert.True(filled.SequenceEqual(lines, StringComparer.Ordinal), $"{page} and the code it shows differ: run eng/update-docs.sh, and look at what changed.");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_LinksInIt_LeadSomewhere(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        var dead = Links().Matches(File.ReadAllText(Repository.PathOf(page)))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
            .Where(target => !Path.Exists(Path.Combine(folder, target.Split('#')[0])));

        Assert.Empty(dead);
    }

    /// <summary>What is read on its own, out of the repository, must not point into it.</summary>
    [Fact]
    public void PackagePages_PointNowhere()
    {
        var pages = Repository.Pages.Where(page => page.StartsWith("src/", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(pages);
        Assert.All(pages, page => Assert.Empty(Links().Matches(File.ReadAllText(Repository.PathOf(page))).Select(link => link.Value)));
    }

    [Fact]
    public void Pages_AreNotForgotten()
    {
        Assert.Contains("README.md", Repository.Pages, StringComparer.Ordinal);
        Assert.Contains("docs/architecture.md", Repository.Pages, StringComparer.Ordinal);
        Assert.Contains("src/Connmgr/README.md", Repository.Pages, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();
}
