namespace Connmgr.Bitcoin.Tests;

public class ReadmeTests
{
    [Fact]
    public void Readme_QuickStart_IsTheCompiledSample()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var sample = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "QuickStart.cs.txt"));

        Assert.Contains($"```csharp\n{sample}```\n", readme, StringComparison.Ordinal);
    }
}
