namespace Connmgr.Docs.Tests.Language;

/// <summary>Holds documentation, comments, messages and pages to the language rules of CONTRIBUTING.md.</summary>
public class LanguageTests
{
    [Fact]
    public void Sources_TheirProse_FollowsTheRules()
    {
        var sources = Directory.GetFiles(Repository.GetPath("src"), "*.cs", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Repository.GetPath("samples"), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .ToArray();

        Assert.True(sources.Length > 300);
        AssertNone(sources.AsParallel().AsOrdered().SelectMany(path => Describe(path, SourceProse.Check(File.ReadAllText(Repository.GetPath(path))))));
    }

    [Fact]
    public void Pages_TheirProse_FollowsTheRules() =>
        AssertNone(Repository.Pages.SelectMany(page => Describe(page, PageProse.Check(File.ReadAllText(Repository.GetPath(page))))));

    [Theory]
    [InlineData("/// <summary>Whether it is so.</summary>\nclass C;", "1: <summary> begins with 'Whether'")]
    [InlineData("/// <summary>\n/// What it is.\n/// </summary>\nclass C;", "2: <summary> begins with 'What'")]
    [InlineData("class C\n{\n    /// <summary>The length.</summary>\n    int M() => 1;\n}", "3: <summary> begins with 'The', not with a verb as in 'Reads ...'")]
    [InlineData("class C\n{\n    /// <summary>Addresses of hosts.</summary>\n    int M() => 1;\n}", "3: <summary> begins with 'Addresses', not with a verb as in 'Reads ...'")]
    [InlineData("class C\n{\n    /// <summary>Gets the length.</summary>\n    int P => 1;\n}", "3: <summary> begins with the verb 'Gets', not with a noun phrase")]
    [InlineData("class C\n{\n    /// <summary>The state.</summary>\n    [A]\n    bool P { get; }\n}", "3: <summary> begins with 'The', not with 'True when ...' or 'True to ...'")]
    [InlineData("class C\n{\n    /// <summary>Reads.</summary>\n    /// <param name=\"a\">How many.</param>\n    void M(int a) { }\n}", "4: <param> begins with 'How'")]
    [InlineData("/// <summary>A thing of its\n/// own.</summary>\nclass C;", "1: 'of its own'")]
    [InlineData("// They met.\nclass C;", "1: 'met'")]
    [InlineData("class C\n{\n    string S = $\"{1} is said to be {2}\";\n}", "3: 'said'")]
    [InlineData("class C\n{\n    string S = \"\"\"\n        nobody knows\n        \"\"\";\n}", "4: 'nobody'")]
    public void SourceProse_RuleIsBroken_IsFound(string source, string violation) =>
        Assert.Equal([violation], SourceProse.Check(source).Select(found => $"{found.Line}: {found.Reason}"), StringComparer.Ordinal);

    [Theory]
    [InlineData("/// <summary>A host. It whispers <c>told</c>, <see cref=\"Met\"/>.</summary>\nclass C;")]
    [InlineData("class C\n{\n    /// <summary><see langword=\"true\"/> when open.</summary>\n    bool P { get; }\n}")]
    [InlineData("class C\n{\n    /// <summary>Reads <paramref name=\"a\"/>.</summary>\n    /// <returns>True when it did.</returns>\n    bool M(int a) => true;\n}")]
    [InlineData("class C\n{\n    /// <summary>The callback that decides.</summary>\n    System.Func<int> P { get; }\n\n    /// <inheritdoc/>\n    int Q => 1;\n}")]
    [InlineData("class C\n{\n    string Told = \"told\"; // `said`\n}")]
    public void SourceProse_RulesAreKept_FindsNothing(string source) => Assert.Empty(SourceProse.Check(source));

    [Fact]
    public void PageProse_RuleIsBroken_IsFound() =>
        Assert.Equal([new Violation(6, "'told'")], PageProse.Check("# Page\n\n```csharp\ntold\n```\nWas told `said` [there](met.md).\n"));

    /// <summary>Fails with all violations, where the assertions of xUnit list the first five.</summary>
    private static void AssertNone(IEnumerable<string> violations)
    {
        var all = violations.ToArray();
        Assert.True(all.Length == 0, $"Places that break the rules of language (CONTRIBUTING.md), {all.Length} in all:\n{string.Join('\n', all)}");
    }

    private static IEnumerable<string> Describe(string path, IReadOnlyList<Violation> violations) => violations.Select(found => $"{path}:{found.Line}: {found.Reason}");
}
