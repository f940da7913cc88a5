using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Connmgr.Tool.Tests;

/// <summary>The built program, as a process of its own.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Run_SandboxUntilFull_ExitsWith0()
    {
        using var process = Start("run", "--network", "sandbox", "--until-full", "--timeout", "60", "--json");
        var (output, error) = await EndAsync(process);
        Assert.Equal(string.Empty, error);
        Assert.Equal(0, process.ExitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal("summary", lines[^1].GetProperty("event").GetString());
        Assert.True(lines[^1].GetProperty("full").GetBoolean());
        Assert.True(lines.Count(line => line.GetProperty("event").ValueEquals("connected")) >= 8);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Run_Signal_StopsAndExitsWith0(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using var process = Start("run", "--network", "sandbox");
        var first = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Contains("network sandbox", first, StringComparison.Ordinal);
        using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var (output, error) = await EndAsync(process);
        Assert.Equal(string.Empty, error);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("stopped after", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ReaderGone_Ends()
    {
        using var process = Start("run", "--network", "sandbox", "--json");
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        process.StandardOutput.Close();
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        var error = await process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("standard output", error, StringComparison.Ordinal);
    }

    private static Process Start(params string[] args) => Process.Start(new ProcessStartInfo(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll"), .. args])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(string Out, string Error)> EndAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
