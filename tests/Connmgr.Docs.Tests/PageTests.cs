using System.Reflection;
using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Holds every page to the code that it shows and the files that it points to.</summary>
public partial class PageTests
{
    private static readonly Type[] Types =
    [
        .. new[] { typeof(ConnectionManager), typeof(Bitcoin.PeerNetwork), typeof(Testing.SandboxNetwork), typeof(Fleet.FleetConnection), typeof(Fleet.Hosting.FleetSettings), typeof(Hosting.BitcoinPeersBuilder), typeof(NBitcoin.NetworkExtensions) }
            .SelectMany(type => type.Assembly.GetTypes()),
    ];

    private static readonly ILookup<string, Type> PublicTypes = Types.Where(type => type.IsVisible).ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);

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
        var path = Repository.GetPath(page);
        var dead = Links().Matches(File.ReadAllText(path))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !LeadsSomewhere(path, target.Split('#')));

        Assert.Empty(dead);
    }

    /// <summary>Checks a regression: merges left older texts of an entry next to the newer one.</summary>
    [Fact]
    public void Changelog_EntriesOfAVersion_BeginDifferently()
    {
        var texts = Repository.ReadLines("CHANGELOG.md").SkipWhile(line => line is not "### Added").TakeWhile(line => line is not "### How to move");
        var twice = texts.Where(line => line.StartsWith("- ", StringComparison.Ordinal)).GroupBy(line => line[..Math.Min(line.Length, 60)], StringComparer.Ordinal).Where(lines => lines.Count() > 1);

        Assert.Empty(twice.Select(lines => lines.Key));
    }

    public static TheoryData<string> PagesOfOurNames => [.. Repository.Pages.Where(page => page is not "docs/seed-names.md")]; // Go's names; it has a test of its own.

    /// <summary>Of names as in <c>ConnectionManagerOptions.Dial</c>, where the first is a type of ours.</summary>
    [Theory]
    [MemberData(nameof(PagesOfOurNames))]
    public void Page_MembersItNames_AreThere(string page)
    {
        var wrong = Members().Matches(File.ReadAllText(Repository.GetPath(page)))
            .Where(name => PublicTypes[name.Groups["type"].Value].FirstOrDefault() is { } type && type.GetMember(name.Groups["member"].Value).Length == 0)
            .Select(name => name.Value);

        Assert.Empty(wrong);
    }

    /// <summary>In the column for this library, each word with a capital is a type or a member of it, or of NBitcoin, whose types remain in use.</summary>
    [Fact]
    public void ComingFromNBitcoin_NamesOfOurs_AreThere()
    {
        var names = PublicTypes.SelectMany(types => types).Concat(typeof(global::NBitcoin.Network).Assembly.GetExportedTypes()).SelectMany(type => type.GetMembers().Select(member => member.Name).Append(type.Name))
            .ToHashSet(StringComparer.Ordinal);
        var rows = Repository.ReadLines("docs/coming-from-nbitcoin.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToArray();

        Assert.True(rows.Length > 20);
        Assert.Empty(rows.SelectMany(row => Code().Matches(row.Split('|')[2])).SelectMany(code => Names().Matches(code.Value)).Select(name => name.Value)
            .Except(names, StringComparer.Ordinal).Except(["N", "T", nameof(CancellationToken)], StringComparer.Ordinal));
    }

    /// <summary>Its last column holds names of types and of their members, internal ones included.</summary>
    [Fact]
    public void Glossary_NamesInCode_AreThere()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var names = Types.SelectMany(type => type.GetMembers(All).SelectMany(member => new[] { member.Name, $"{type.Name}.{member.Name}" }).Append(type.Name))
            .ToHashSet(StringComparer.Ordinal);
        var rows = Repository.ReadLines("docs/glossary.md").Where(line => line.StartsWith("| **", StringComparison.Ordinal)).ToArray();

        Assert.True(rows.Length >= 25);
        Assert.DoesNotContain(rows.SelectMany(row => Code().Matches(row.Split('|')[3])).Select(code => code.Value.Trim('`')), name => !names.Contains(name));
    }

    /// <summary>Checks that links go through the root of the repository, for packing replaces the way to it by the published address (eng/Package.targets).</summary>
    [Fact]
    public void PackagePages_LinksInThem_GoThroughTheRoot()
    {
        var pages = Repository.Pages.Where(page => page.StartsWith("src/", StringComparison.Ordinal) || page.StartsWith("templates/", StringComparison.Ordinal)).ToArray();

        Assert.Contains("src/Connmgr/README.md", pages, StringComparer.Ordinal);
        Assert.Contains("templates/README.md", pages, StringComparer.Ordinal);
        Assert.All(pages, page =>
        {
            var root = string.Concat(page.Where(one => one is '/').Select(_ => "../"));
            var targets = Links().Matches(File.ReadAllText(Repository.GetPath(page))).Select(link => link.Groups["target"].Value).ToArray();
            Assert.NotEmpty(targets);
            Assert.All(targets, target => Assert.True(
                target.StartsWith(root, StringComparison.Ordinal) && !target.AsSpan(root.Length).StartsWith("..") && target.Length > root.Length,
                $"{target} does not begin with {root} and the path of a file."));
        });
    }

    [Fact]
    public void Pages_AreNotForgotten()
    {
        Assert.Contains("README.md", Repository.Pages, StringComparer.Ordinal);
        Assert.Contains("docs/architecture.md", Repository.Pages, StringComparer.Ordinal);
        Assert.Contains("src/Connmgr/README.md", Repository.Pages, StringComparer.Ordinal);
    }

    /// <summary>Determines whether a link leads to a file, and its fragment to a heading of it.</summary>
    private static bool LeadsSomewhere(string path, string[] target)
    {
        var file = target[0].Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, target[0]);
        return Path.Exists(file) && (target.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal) || File.ReadLines(file).Any(line => IsHeading(line, target[1])));
    }

    /// <summary>Determines whether a line is a heading with a name, which GitHub derives from its letters, digits, hyphens and spaces.</summary>
    private static bool IsHeading(string line, string name) => line.StartsWith('#') && string.Equals(
        name,
        string.Concat(line.TrimStart('#').Trim().ToLowerInvariant().Where(static one => char.IsLetterOrDigit(one) || one is '-' or '_' or ' ')).Replace(' ', '-'),
        StringComparison.Ordinal);

    [GeneratedRegex("`[^`]+`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"\b[A-Z]\w*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"\b(?<type>[A-Z]\w+)\.(?<member>[A-Z]\w+)\b(?!\.(md|json|cs|csproj|slnx|tsv|xml))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Members();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();
}
