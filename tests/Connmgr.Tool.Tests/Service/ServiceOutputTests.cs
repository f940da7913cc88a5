using System.Globalization;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>The messages of a run to its service manager.</summary>
public sealed class ServiceOutputTests
{
    [Fact]
    public async Task Run_FromStartToEnd_TellsReadyReloadingReadyStopping()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        using var socket = new NotifySocket();

        await using (var run = await BackgroundRun.StartAsync(world: null, socket.Variables(("WATCHDOG_USEC", "1500000")), "target = 2"))
        {
            await socket.HasAsync("READY=1");
            await socket.HasAsync("STATUS=2 of 2 automatic, 0 permanent, 0 inbound peers");
            await socket.HasAsync("WATCHDOG=1", times: 3);
            await run.ReloadAsync("target = 3");
            await socket.HasAsync("READY=1", times: 2);
            await socket.HasAsync("STATUS=3 of 3 automatic, 0 permanent, 0 inbound peers");
            await run.ReloadAsync("target = many"); // Also reported as a reload, or systemctl would wait for its end.
            await socket.HasAsync("READY=1", times: 3);
        }

        var states = socket.Received.SelectMany(datagram => datagram.Split('\n'))
            .Where(line => line is "READY=1" or "RELOADING=1" or "STOPPING=1");
        Assert.Equal(["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"], states, StringComparer.Ordinal);
        var reloading = Assert.Single(socket.Received.Where(datagram => datagram.StartsWith("RELOADING=1\nMONOTONIC_USEC=", StringComparison.Ordinal)).Take(1));
        var microseconds = long.Parse(reloading.Split('=')[^1], CultureInfo.InvariantCulture);
        Assert.InRange(microseconds, 1, TimeProvider.System.GetTimestamp() / 1000);
    }

    [Fact]
    public async Task Run_BeforeItListens_IsNotReady()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        using var socket = new NotifySocket();
        var run = new ToolRun { Variables = socket.Variables() };
        Assert.Equal(1, await run.RunAsync("run", "--network", "regtest", "--listen", "192.0.2.1:1"));
        Assert.Empty(socket.Received);
    }

    [Fact]
    public async Task Run_ThatCannotStart_IsNeverReady()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        using var socket = new NotifySocket();
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        using (ChainDirectory.FromDataDirectory(directory, SandboxNetwork.SeededChain).AcquireLock())
        {
            var run = new ToolRun { Variables = socket.Variables() };
            Assert.Equal(1, await run.RunAsync("run", "--data-dir", directory));
            Assert.Contains("in use by another PeerNetwork", run.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("READY=1", socket.Assignments, StringComparer.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Expects no sign of life from a run whose output hangs.</summary>
    [Fact]
    public async Task Watchdog_OutputThatHangs_IsNotToldThatAllIsWell()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        var time = new FakeTimeProvider();
        var interval = TimeSpan.FromSeconds(1);
        using var socket = new NotifySocket();
        using var stop = new CancellationTokenSource();
        await using var output = new BlockingWriter("\"reloaded\"");
        var run = new ToolRun
        {
            TimeProvider = time,
            OutWriter = output,
            Hangups = new Hangups(),
            Variables = socket.Variables(("WATCHDOG_USEC", "3000000")),
        };
        var running = Task.Run(() => run.RunAsync(stop.Token, "run", "--network", "regtest", "--listen", "127.0.0.1:0", "--json"), TestContext.Current.CancellationToken);
        await socket.HasAsync("READY=1");
        for (var told = 2; told <= 5; told++)
        {
            await Eventually.TrueAsync(() =>
            {
                time.Advance(interval); // Until the timer is there, and heard.
                return Task.FromResult(socket.Assignments.Count(line => line is "WATCHDOG=1") >= told);
            });
        }

        run.Hangups.Send();
        await output.Blocked;
        var before = socket.Received.Count;
        for (var i = 0; i < 10; i++)
            time.Advance(interval);
        Assert.Equal(before, socket.Received.Count);
        output.LetGo();
        await Eventually.TrueAsync(() => Task.FromResult(socket.Received.Count > before));
        await stop.CancelAsync();
        Assert.Equal(0, await running);
    }
}
