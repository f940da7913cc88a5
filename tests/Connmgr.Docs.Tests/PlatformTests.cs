using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Code of one platform: the analyzer (CA1416) finds each call without a guard, unless a source hides it.</summary>
public partial class PlatformTests
{
    private static IEnumerable<string> Sources(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Repository.GetPath(folder), "*", SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".targets" or ".editorconfig");

    [Fact]
    public void Sources_TheyNeverHideACallOfAnotherPlatform()
    {
        var files = Sources("src", "samples", "tests", "benchmarks", "templates", "eng")
            .Append(Repository.GetPath(".editorconfig")).Append(Repository.GetPath("Directory.Build.props"))
            .Where(file => Path.GetFileName(file) is not "PlatformTests.cs").ToArray();

        Assert.True(files.Length > 500);
        Assert.DoesNotContain(files, file => File.ReadAllText(file).Contains("CA1416", StringComparison.Ordinal));
    }

    /// <summary>Checks that tests marked as unsupported on Windows, which the analyzer then leaves alone, are skipped there with a reason.</summary>
    [Fact]
    public void Tests_UnsupportedOnWindows_AreSkippedThere()
    {
        var marked = Sources("tests").Where(file => Path.GetFileName(file) is not "PlatformTests.cs").Select(file => (file, Text: File.ReadAllText(file)))
            .SelectMany(source => Marks().Matches(source.Text).Select(mark => (source.file, After: source.Text[mark.Index..])))
            .ToArray();

        Assert.NotEmpty(marked);
        Assert.All(marked, mark => Assert.True(
            mark.After.AsSpan(0, Math.Min(1500, mark.After.Length)).Contains("Assert.Skip", StringComparison.Ordinal), $"{mark.file} has a test that is not skipped on Windows."));
    }

    [GeneratedRegex(@"\[UnsupportedOSPlatform\(", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Marks();
}
