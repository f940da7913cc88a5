using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Holds every page to the code that it shows and the files that it points to.</summary>
public partial class PageTests
{
    private static readonly ILookup<string, Type> PublicTypes =
        new[] { typeof(ConnectionManager), typeof(Bitcoin.PeerNetwork), typeof(Testing.SandboxNetwork) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);

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

    /// <summary>Of names as in <c>ConnectionManagerOptions.Dial</c>, where the first is a type of ours.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_MembersItNames_AreThere(string page)
    {
        var wrong = Members().Matches(File.ReadAllText(Repository.PathOf(page)))
            .Where(name => PublicTypes[name.Groups["type"].Value].FirstOrDefault() is { } type && type.GetMember(name.Groups["member"].Value).Length == 0)
            .Select(name => name.Value);

        Assert.Empty(wrong);
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

    [GeneratedRegex(@"\b(?<type>[A-Z]\w+)\.(?<member>[A-Z]\w+)\b(?!\.(md|json|cs|csproj|slnx|tsv|xml))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Members();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();
}
