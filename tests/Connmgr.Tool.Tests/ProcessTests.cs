using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;

namespace Connmgr.Tool.Tests;

/// <summary>The built program, as a separate process.</summary>
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
        await SignalAsync(process, signal);
        var (output, error) = await EndAsync(process);
        Assert.Equal(string.Empty, error);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("stopped after", output, StringComparison.Ordinal);
    }

    /// <summary>Reloads as systemd does with Type=notify-reload.</summary>
    [Fact]
    public async Task Run_AsAService_IsReady_ReloadsAtSighup_AndStops()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        using var socket = new NotifySocket(isAbstract: true);
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        var file = Path.Combine(directory, ConfigurationFile.DefaultName);
        await File.WriteAllTextAsync(file, "target = 2\n", TestContext.Current.CancellationToken);
        using var process = Start(socket.Variables(("CONNMGR_DATA_DIR", directory)), "run", "--network", "sandbox", "--json");
        await socket.HasAsync("READY=1");
        var running = EndAsync(process); // Reads on, or the pipe would fill.

        await File.WriteAllTextAsync(file, "target = 3\n", TestContext.Current.CancellationToken);
        var before = Clock.MonotonicMicroseconds();
        await SignalAsync(process, "HUP");
        await socket.HasAsync("READY=1", times: 2);
        await socket.HasAsync("STATUS=3 of 3 automatic");
        var told = Assert.Single(socket.Assignments, assignment => assignment.StartsWith("MONOTONIC_USEC=", StringComparison.Ordinal));
        Assert.InRange(long.Parse(told.Split('=')[1], CultureInfo.InvariantCulture), before, Clock.MonotonicMicroseconds());

        await SignalAsync(process, "TERM");
        var (output, error) = await running;
        Assert.Equal((0, string.Empty), (process.ExitCode, error));
        Assert.Contains("""
            "changes":[{"setting":"target","before":"2","after":"3","needsRestart":false}]
            """, output, StringComparison.Ordinal);
        await socket.HasAsync("STOPPING=1");
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Run_SighupWithoutAFile_StopsAndExitsWith0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using var process = Start("run", "--network", "sandbox");
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await SignalAsync(process, "HUP");
        Assert.Contains("stopped after", (await EndAsync(process)).Out, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Expects that another user can read nothing in the directory, whatever the umask and its mode.</summary>
    [Theory]
    [InlineData("000", true)]
    [InlineData("022", false)]
    [UnsupportedOSPlatform("windows")]
    public async Task Run_WhatItWrites_IsItsOwnersAlone(string umask, bool isThere)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        var directory = Path.Combine(Directory.CreateTempSubdirectory("connmgr-tool-").FullName, "data");
        if (isThere)
            Directory.CreateDirectory(directory, (UnixFileMode)0x1FF);
        var run = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} run --data-dir {directory}";
        using var process = Start("sh", [], "-c", $"umask {umask} && exec {run}");
        await Eventually.TrueAsync(() => Task.FromResult(Path.Exists(Path.Combine(directory, ControlSocket.FileName)) && File.Exists(Path.Combine(directory, "sandbox", "peers.dat"))));
        Assert.Equal(0, (await CommandAsync("bans", "--data-dir", directory, "add", "192.0.2.1")).ExitCode);
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(Path.Combine(directory, "sandbox", "banlist.json"))));
        AssertPrivate();
        await SignalAsync(process, "TERM");
        await EndAsync(process);
        AssertPrivate();
        Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);

        void AssertPrivate()
        {
            const UnixFileMode Others = (UnixFileMode)0x3F;
            var found = Directory.GetFileSystemEntries(directory, "*", SearchOption.AllDirectories);
            Assert.True(found.Length >= 6, string.Join(' ', found));
            Assert.All(found, path => Assert.Equal(UnixFileMode.None, GetMode(path) & Others));
            if (!isThere)
                Assert.Equal(DataDirectory.OwnerAlone, File.GetUnixFileMode(directory));
        }

        // A file that is being written has another name, which may be gone by now.
        static UnixFileMode GetMode(string path)
        {
            try
            {
                return File.GetUnixFileMode(path);
            }
            catch (FileNotFoundException) when (path.EndsWith(".tmp", StringComparison.Ordinal))
            {
                return UnixFileMode.None;
            }
        }
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

    [Theory]
    [InlineData("run --network sandbox")]
    [InlineData("--help")]
    public async Task Any_OutputClosedFromTheStart_SaysSo(string arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such shell.");
        using var process = Start("sh", [], "-c", $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} {arguments} >&-");
        var (_, error) = await EndAsync(process);
        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("connmgr: can't write to standard output", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Killed_LeavesADirectoryThatTheNextRunTakes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        var socket = Path.Combine(directory, ControlSocket.FileName);
        using (var killed = await StartServingAsync(directory))
        {
            var (code, output, error) = await CommandAsync("run", "--data-dir", directory, "--until-full");
            Assert.Equal((1, string.Empty), (code, output));
            Assert.Contains($"another connmgr (process {killed.Id}) uses the data directory '{directory}'", error, StringComparison.Ordinal);
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(Path.Exists(socket));
        var (exitCode, _, message) = await CommandAsync("peers", "--data-dir", directory, "list");
        Assert.Equal(1, exitCode);
        Assert.Equal($"connmgr: no connmgr run uses the data directory '{directory}': start one with 'connmgr run --data-dir {directory}'.\n", message);

        using (var next = await StartServingAsync(directory))
        {
            Assert.Equal(0, (await CommandAsync("peers", "--data-dir", directory, "set-target", "2")).ExitCode);
            await Eventually.TrueAsync(async () => (await AutomaticPeersAsync(directory)).Count == 2);
            await Eventually.TrueAsync(async () =>
            {
                // One may have gone by itself since it was listed.
                if (await AutomaticPeersAsync(directory) is not [var first, ..])
                    return false;
                var peer = first.GetProperty("address").GetString()!;
                var (_, disconnected, _) = await CommandAsync("peers", "disconnect", peer, "--data-dir", directory);
                return disconnected.Contains(peer, StringComparison.Ordinal);
            });
            await SignalAsync(next, "TERM");
            Assert.Contains("stopped after", (await EndAsync(next)).Out, StringComparison.Ordinal);
        }

        Assert.False(Path.Exists(socket));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Peers_OfAnotherUser_AreNotHis()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"),
            "Only root on Linux, with setpriv, can start a program as another user.");
        const string nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp DOTNET_CLI_HOME=/tmp";
        var program = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")}";
        var (canStart, _, cannot) = await EndAsync("sh", "-c", $"{nobody} {program} --version");
        Assert.SkipUnless(canStart == 0, $"Another user cannot start the program where it is, as below /root: {cannot}");
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        using var run = await StartServingAsync(directory);
        var list = $"{program} peers --data-dir {directory} list";
        var (exitCode, _, error) = await EndAsync("sh", "-c", $"chmod 755 {directory} && {nobody} {list}");
        Assert.True(exitCode == 1 && error.Contains("another user", StringComparison.Ordinal), error);
        (exitCode, var output, error) = await EndAsync("sh", "-c", $"chmod 666 {directory}/{ControlSocket.FileName} && {nobody} {list}");
        Assert.True(exitCode == 1 && error.Contains("ended before it answered", StringComparison.Ordinal), error);
        Assert.Empty(output);
        run.Kill();
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Run_WithTooFewFiles_LowersTheInboundLimitAndSaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit of open files is set by a Linux shell.");
        var run = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} run --network regtest --listen 127.0.0.1:0 --until-full";
        var (exitCode, output, error) = await EndAsync("sh", "-c", $"ulimit -n 220 && exec {run}");
        Assert.True(exitCode == 0, error);
        Assert.Matches("may open 220 files and needs 2[0-9]+: at most [0-9]+ inbound; raise the limit", output);
    }

    /// <summary>Expects that the position of standard output follows: the file is opened again to write into it.</summary>
    [Fact]
    public async Task Export_ToStandardOutputThatIsAFile_IsOverwrittenByNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Standard output has another name elsewhere.");
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        var bans = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} bans --data-dir {directory}/data --network regtest";
        var (exitCode, _, error) = await EndAsync("sh", "-c", $"{bans} add 1.2.3.4 && {{ {bans} export /dev/stdout && echo end; }} > {directory}/all 2>&1");
        Assert.True(exitCode == 0, error);

        var text = await File.ReadAllTextAsync(Path.Combine(directory, "all"), TestContext.Current.CancellationToken);
        Assert.Matches("^{\\s+\"banned_nets\": [^}]+1\\.2\\.3\\.4/32[^}]+}\\s+]\\s+}\\s*wrote 1 bans to .*\nend\n$", text);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Run_WithTooFewFilesForItsDashboard_SaysHowManyItTakes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit of open files is set by a Linux shell.");
        var run = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} run --network sandbox --dashboard 127.0.0.1:0 --until-full";
        var (exitCode, output, error) = await EndAsync("sh", "-c", $"ulimit -n 170 && exec {run}");
        Assert.Equal((1, string.Empty), (exitCode, output));
        Assert.Matches("^connmgr: The process may open 170 files and needs at least 2[0-9]+: raise the limit .* Or leave --dashboard out\\.\n$", error);
    }

    [Fact]
    public async Task Peers_ReaderGone_IsNoError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no head.");
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        using var run = await StartServingAsync(directory);
        var watch = $"dotnet {Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll")} peers --data-dir {directory} watch";
        var watching = EndAsync("bash", "-c", $"set -o pipefail; {watch} | head -1");

        // That its reader is gone it learns when it writes the next time, and what happens by itself may take minutes.
        for (var target = 1; !watching.IsCompleted; target++)
            await CommandAsync("peers", "--data-dir", directory, "set-target", $"{target % 8}");
        var (exitCode, output, error) = await watching;
        Assert.Equal((0, string.Empty), (exitCode, error));
        Assert.Contains("\"snapshot\"", output, StringComparison.Ordinal);
        run.Kill();
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Starts a run, and waits until it serves its socket.</summary>
    private static async Task<Process> StartServingAsync(string directory)
    {
        var process = Start("run", "--network", "sandbox", "--data-dir", directory);
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(process.HasExited);
            using var client = await ControlClient.TryOpenAsync(directory, TimeProvider.System, CancellationToken.None);
            return client?.Greeting.Process == process.Id;
        });
        return process;
    }

    /// <summary>Selects the peers that count towards the target. There may be others: a feeler, or one of a further network.</summary>
    private static async Task<IReadOnlyList<JsonElement>> AutomaticPeersAsync(string directory)
    {
        var (exitCode, output, error) = await CommandAsync("peers", "--data-dir", directory, "list", "--json");
        Assert.True(exitCode == 0, error);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))
                .Where(peer => peer.GetProperty("kind").ValueEquals("automatic")),
        ];
    }

    private static Task<(int ExitCode, string Out, string Error)> CommandAsync(params string[] args) =>
        EndAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll"), .. args]);

    private static async Task<(int ExitCode, string Out, string Error)> EndAsync(string program, params string[] args)
    {
        using var process = Start(program, [], args);
        var (output, error) = await EndAsync(process);
        return (process.ExitCode, output, error);
    }

    private static Process Start(params string[] args) => Start([], args);

    private static Process Start(Dictionary<string, string> variables, params string[] args) =>
        Start("dotnet", variables, [Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll"), .. args]);

    private static Process Start(string program, Dictionary<string, string> variables, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith(SettingSource.VariablePrefix, StringComparison.Ordinal)).ToList())
            start.Environment.Remove(inherited); // Those of ./test are no settings.
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

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
