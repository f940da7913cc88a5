using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Holds docs/architecture.md and docs/design to the code: folders, names, and the numbers of decisions.</summary>
public partial class ArchitectureTests
{
    private const string Architecture = "docs/architecture.md";

    /// <summary>Types and members of all projects, internal ones included, and the names of files and folders.</summary>
    private static readonly HashSet<string> Names = FindNames();

    public static TheoryData<string> DesignPages => [.. Repository.Pages.Where(page => page.StartsWith("docs/design/", StringComparison.Ordinal) || page is Architecture)];

    [Fact]
    public void FolderMap_AndTheTree_AreTheSame()
    {
        var tree = Directory.GetDirectories(Repository.GetPath("src"), "*", SearchOption.AllDirectories)
            .Where(folder => Directory.EnumerateFiles(folder).Any(file => Path.GetExtension(file) is ".cs" or ".js"))
            .Select(folder => Path.GetRelativePath(Repository.Root, folder).Replace('\\', '/'))
            .Where(folder => !folder.Split('/').Any(part => part is "bin" or "obj"));
        var projects = Directory.GetDirectories(Repository.GetPath("src")).Select(folder => $"src/{Path.GetFileName(folder)}");

        Assert.Equal(tree.Union(projects, StringComparer.Ordinal).Order(StringComparer.Ordinal), ReadFolderMap().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Architecture_ItsLength_IsThatOfAFirstReading() => Assert.InRange(Repository.ReadLines(Architecture).Length, 50, 151);

    /// <summary>The limit of CONTRIBUTING.md. The files of a partial class are named after it: Name.cs, Name.Part.cs.</summary>
    [Fact]
    public void Class_WithAllItsFiles_IsNoLongerThan500Lines()
    {
        var tooLong = Directory.GetFiles(Repository.GetPath("src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj"))
            .GroupBy(static file => Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(file).Split('.')[0]), StringComparer.Ordinal)
            .Select(static files => (files.Key, Lines: files.Sum(static file => File.ReadLines(file).Count())))
            .Where(static each => each.Lines > 500)
            .Select(static each => FormattableString.Invariant($"{Path.GetFileName(each.Key)}: {each.Lines} lines"));

        Assert.Empty(tooLong);
    }

    /// <summary>A name in backticks that begins with a capital is one in the code; so is each path below a folder.</summary>
    [Theory]
    [MemberData(nameof(DesignPages))]
    public void DesignPage_NamesInCode_AreThere(string page)
    {
        var unknown = CodeSpans().Matches(File.ReadAllText(Repository.GetPath(page)))
            .Select(span => span.Groups["name"].Value)
            .Where(name => !name.Split('.').All(Names.Contains));

        Assert.Empty(unknown);
    }

    [Fact]
    public void Decisions_TheirNumbers_FollowEachOther()
    {
        var decisions = Repository.Pages.Where(page => page.StartsWith("docs/design/", StringComparison.Ordinal))
            .SelectMany(page => Repository.ReadLines(page).Select(line => Decision().Match(line)).Where(match => match.Success).Select(match => (Page: page, Area: match.Groups["area"].Value, Number: match.Groups["number"].Value)))
            .GroupBy(decision => decision.Area, StringComparer.Ordinal)
            .ToArray();

        Assert.True(decisions.Length >= 10);
        Assert.All(decisions, area =>
        {
            Assert.Single(area.Select(decision => decision.Page).Distinct(StringComparer.Ordinal));
            Assert.Equal(Enumerable.Range(1, area.Count()).Select(number => number.ToString(CultureInfo.InvariantCulture)), area.Select(decision => decision.Number), StringComparer.Ordinal);
        });
    }

    [Fact]
    public void Sources_DecisionsTheyCite_AreThere()
    {
        var decisions = Repository.Pages.Where(page => page.StartsWith("docs/design/", StringComparison.Ordinal))
            .SelectMany(Repository.ReadLines)
            .Select(line => Decision().Match(line))
            .Where(match => match.Success)
            .Select(match => $"{match.Groups["area"].Value}-{match.Groups["number"].Value}")
            .ToHashSet(StringComparer.Ordinal);
        var cited = Directory.GetFiles(Repository.GetPath("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Citation().Matches(File.ReadAllText(file)).Select(match => (File: file, Decision: match.Groups["decision"].Value)))
            .ToArray();

        Assert.True(cited.Length >= 10, $"Only {cited.Length} citations were found.");
        Assert.DoesNotContain(cited, citation => !decisions.Contains(citation.Decision));
    }

    /// <summary>Reads the map: <c>**src/PROJECT**</c> begins a project, and each code span that ends in a slash is a folder of it.</summary>
    private static IEnumerable<string> ReadFolderMap()
    {
        var project = "";
        foreach (var line in Repository.ReadLines(Architecture).SkipWhile(line => line is not "## Folders").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)))
        {
            if (Project().Match(line) is { Success: true } match)
                yield return project = match.Groups["project"].Value;
            foreach (var folder in Folders().Matches(line).Select(folder => folder.Groups["folder"].Value))
                yield return $"{project}/{folder}";
        }
    }

    private static HashSet<string> FindNames()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var types = new[] { typeof(ConnectionManager), typeof(Bitcoin.PeerNetwork), typeof(Testing.SandboxNetwork), typeof(Fleet.FleetConnection), typeof(Fleet.Hosting.FleetSettings), typeof(Hosting.BitcoinPeersBuilder), typeof(NBitcoin.NetworkExtensions), typeof(Tool.ToolApp) }
            .SelectMany(type => type.Assembly.GetTypes())
            .Concat([typeof(CancellationTokenSource), typeof(TimeProvider), typeof(Random), typeof(System.Net.EndPoint), typeof(System.Net.IPEndPoint), typeof(System.Net.DnsEndPoint), typeof(Stream), typeof(Task), typeof(SemaphoreSlim), typeof(System.Buffers.ArrayPool<byte>)]);
        return types.SelectMany(type => type.GetMembers(All).Select(member => member.Name).Append(type.Name.Split('`')[0]))
            .Concat(Directory.GetFiles(Repository.GetPath("tests"), "*.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)))
            .Concat(Directory.GetFileSystemEntries(Repository.GetPath("src"), "*", SearchOption.AllDirectories).SelectMany(entry => Path.GetFileName(entry).Split('.')))
            .ToHashSet(StringComparer.Ordinal);
    }

    [GeneratedRegex("`([A-Za-z.]+/)*(?<name>[A-Z][A-Za-z]*[a-z][A-Za-z]*(\\.[A-Z][A-Za-z]+)*)(\\(\\))?`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeSpans();

    [GeneratedRegex("^### (?<area>[A-Z])-(?<number>[0-9]+)\\. [A-Z`.]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Decision();

    [GeneratedRegex("\\bDesign (?<decision>[A-Z]-[0-9]+)\\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Citation();

    [GeneratedRegex(@"^\*\*(?<project>src/[\w.]+)\*\*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Project();

    [GeneratedRegex("`(?<folder>[A-Z][\\w/]*)/`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Folders();
}
