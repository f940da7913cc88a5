namespace Connmgr.Tests;

public class ComingFromBtcdTests
{
    [Fact]
    public async Task Sample_InDocs_IsTheOneThatCompiles()
    {
        var document = await ReadAsync("coming-from-btcd.md");
        var source = await ReadAsync("ComingFromBtcdSample.cs");

        Assert.Equal(Between(source, "// sample", "// end"), Between(document, "```csharp", "```"));
    }

    private static Task<string[]> ReadAsync(string name) =>
        File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "docs", name), TestContext.Current.CancellationToken);

    // Indentation differs by the depth of the method; empty lines count.
    private static string Between(string[] lines, string start, string end)
    {
        var inside = lines.SkipWhile(line => !Is(line, start)).Skip(1).TakeWhile(line => !Is(line, end)).ToArray();
        Assert.NotEmpty(inside);
        var depth = inside.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', inside.Select(line => line.Length > depth ? line[depth..] : ""));
    }

    private static bool Is(string line, string marker) => line.Trim().Equals(marker, StringComparison.Ordinal);
}
