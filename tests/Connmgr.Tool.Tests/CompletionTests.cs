using System.Diagnostics;

namespace Connmgr.Tool.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("connmgr p", "peers")]
    [InlineData("connmgr peers ", "set-target")]
    [InlineData("connmgr run --unt", "--until-full")]
    [InlineData("connmgr run --network si", "signet")]
    [InlineData("connmgr addresses list --only-net ", "onion")]
    [InlineData("connmgr run --relay o", "off")]
    [InlineData("connmgr run --services ", "network+witness")]
    [InlineData("connmgr run --user", "--user-agent")]
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
    [InlineData("pwsh")]
    public async Task Completion_Shell_AsksTheProgram(string shell)
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("completion", shell));
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    /// <summary>Checks that all answers begin with the typed text: bash takes their common prefix for the completion.</summary>
    [Theory]
    [InlineData("connmgr run --con", "--config --connect")]
    [InlineData("connmgr run --network si", "signet")]
    [InlineData("connmgr peers set", "set-target")]
    [InlineData("connmgr run --nothing-of-the-kind", "")]
    public async Task Completion_InBash_CompletesWhatWasTyped(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        var program = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")}";
        var script = $$"""
            connmgr() { {{program}} "$@"; }
            . <(connmgr completion bash)
            COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _connmgr
            echo "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script, "bash", line]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        Assert.Equal(expected, (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Completion_OtherShell_ExitsWith2()
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("completion", "tcsh"));
        Assert.Contains("use bash, zsh, fish or pwsh", run.Error, StringComparison.Ordinal);
    }
}
