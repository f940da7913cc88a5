using System.Diagnostics;

namespace Connmgr.Tool.Tests;

/// <summary>The built program in a real terminal, that of tmux. Ends with it when disposed of.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-tmux-").FullName;

    private Tmux()
    {
    }

    public static bool IsPresent => File.Exists("/usr/bin/tmux");

    /// <summary>Runs a command line, in which <c>connmgr</c> is the program, in a terminal of a size, with variables such as <c>TERM=dumb</c>.</summary>
    public static async Task<Tmux> StartAsync(int width, int height, string variables, string arguments)
    {
        var tmux = new Tmux();
        var program = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")}";

        // Ctrl-C is for the program: not every shell survives it.
        await tmux.CommandAsync(
            "-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}",
            $"trap : INT; env {variables} {program} {arguments}; echo ended with $?; sleep 600");
        return tmux;
    }

    public Task ResizeAsync(int width, int height) => CommandAsync("resize-window", "-x", $"{width}", "-y", $"{height}");

    public Task SendAsync(string keys) => CommandAsync("send-keys", keys);

    /// <summary>Gets the content of the screen.</summary>
    public async Task<string> ScreenAsync(bool withSequences = false) => await CommandAsync(["capture-pane", "-p", .. withSequences ? new[] { "-e" } : []]);

    /// <summary>Waits for a screen.</summary>
    public async Task<string> UntilAsync(Func<string, bool> isSo)
    {
        var screen = string.Empty;
        await Eventually.TrueAsync(async () => isSo(screen = await ScreenAsync()));
        return screen;
    }

    public async ValueTask DisposeAsync()
    {
        await CommandAsync("kill-server");
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> CommandAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-u", "-S", Path.Combine(_directory, "socket"), .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith(SettingSource.VariablePrefix, StringComparison.Ordinal)).ToList())
            start.Environment.Remove(inherited); // Those of ./test are no settings.
        start.Environment["SHELL"] = "/bin/sh"; // Which reads the command line, whatever shell our user has.
        start.Environment.Remove("NO_COLOR"); // Whether there is to be colour, a test says.
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }
}
