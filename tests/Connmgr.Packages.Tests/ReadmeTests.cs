using System.Text.RegularExpressions;

namespace Connmgr.Packages.Tests;

/// <summary>What a listing shows of a package: a first example, and links that lead somewhere.</summary>
public sealed partial class ReadmeTests(PackedFolder folder)
{
    public static TheoryData<string> All => PackageTests.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Readme_InTheSource_HasAnExampleAndLinks(string name)
    {
        var readme = File.ReadAllText(Path.Combine(PackedFolder.Root, "src", name, "README.md"));

        Assert.True(Fence().IsMatch(readme) || Indented().IsMatch(readme), "A README has a first example: C#, or commands.");
        Assert.Contains("](../../docs/", readme, StringComparison.Ordinal);
        Assert.Contains("](../../docs/stability.md)", readme, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Readme_PackedWithoutAUrl_HasNoBrokenLink(string name)
    {
        using var package = folder.Open(name);

        var readme = package.ReadText("README.md");
        Assert.DoesNotContain("](../", readme, StringComparison.Ordinal);
        Assert.DoesNotContain("](/", readme, StringComparison.Ordinal);
        Assert.DoesNotMatch(FenceWithSource(), readme);
        Assert.Contains("stability", readme, StringComparison.Ordinal); // The text of a link stays.
        Assert.Null(package["projectUrl"]);
        Assert.Null((string?)package.Element("repository")?.Attribute("url"));
    }

    [Fact]
    public void Package_PackedWithAUrl_LeadsToTheSource()
    {
        using var package = folder.OpenPublished();

        var commit = (string?)package.Element("repository")!.Attribute("commit") ?? "HEAD";
        Assert.Contains($"[stability]({PackedFolder.RepositoryUrl}/blob/{commit}/docs/stability.md)", package.ReadText("README.md"), StringComparison.Ordinal);
        Assert.Equal(PackedFolder.RepositoryUrl, package["projectUrl"]);
        Assert.Equal(PackedFolder.RepositoryUrl, (string?)package.Element("repository")!.Attribute("url"));
        Assert.Contains($"{PackedFolder.RepositoryUrl}/blob/HEAD/CHANGELOG.md", package["releaseNotes"], StringComparison.Ordinal);
    }

    [GeneratedRegex("^```csharp", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("^    dotnet ", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Indented();

    [GeneratedRegex("^```\\w+ ", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FenceWithSource();
}
