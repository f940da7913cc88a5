using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Connmgr.Scenarios.Tests;

/// <summary>The built program, as a process that starts further ones.</summary>
public sealed partial class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Run_OneScenario_PrintsALineForEachFigure()
    {
        using var process = Start("--only", "seed_9x40", "--runs", "3");
        var lines = (await EndAsync(process)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(["seed_9x40", "seed_9x40_bytes"], lines.Select(static line => line.Split(' ')[0]), StringComparer.Ordinal);
        Assert.All(lines, static line => Assert.Matches(FigureLine(), line));
    }

    [Fact]
    public async Task Run_BothEndsOverLoopback_EndsWithAllItsProcesses()
    {
        using var process = Start("--only", "fill_b_loopback_8", "--runs", "1");
        Assert.Contains("fill_b_loopback_8_cpu ", await EndAsync(process), StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Run_NoSuchScenario_Fails()
    {
        using var process = Start("--only", "nothing-of-that-name");
        Assert.Empty(await EndAsync(process));
        Assert.Equal(1, process.ExitCode);
    }

    /// <summary>Processes that this program starts must not outlive it: a measuring process sees its input end.</summary>
    [Fact]
    public async Task Measure_StarterGone_Ends()
    {
        using var process = Start("--measure", "idle_floor", "--runs", "1");
        process.StandardInput.Close();
        await EndAsync(process);
        Assert.Equal(3, process.ExitCode);
    }

    [GeneratedRegex(@"^seed_9x40(_bytes)? [0-9.e+]+ (us|kB) min=[0-9.e+]+ max=[0-9.e+]+ n=3$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FigureLine();

    private static Process Start(params string[] args) => Process.Start(new ProcessStartInfo(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Connmgr.Scenarios.dll"), .. args])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<string> EndAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            await error;
            return await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
