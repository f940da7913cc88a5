namespace Connmgr.Tool.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("connmgr p", "peers")]
    [InlineData("connmgr peers ", "set-target")]
    [InlineData("connmgr run --unt", "--until-full")]
    [InlineData("connmgr run --network si", "signet")]
    [InlineData("connmgr addresses list --only-net ", "onion")]
    [InlineData("connmgr completion ", "fish")]
    public async Task Suggest_PartOfALine_GivesWhatFits(string line, string expected)
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));
        Assert.Contains(expected, run.Out.Split('\n', StringSplitOptions.TrimEntries), StringComparer.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_Shell_AsksTheProgram(string shell)
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("completion", shell));
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_OtherShell_ExitsWith2()
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("completion", "tcsh"));
        Assert.Contains("use bash, zsh or fish", run.Error, StringComparison.Ordinal);
    }
}
