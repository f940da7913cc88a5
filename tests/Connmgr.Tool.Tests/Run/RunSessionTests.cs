using System.Net;
using System.Text.Json;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

public sealed class RunSessionTests
{
    private const string Visitor = "/[red]visitor[/]/";

    [Fact]
    public async Task Json_UntilFull_WritesTheContract()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--until-full", "--timeout", "60", "--json"));
        Assert.Empty(run.Error);

        var lines = run.Lines;
        Assert.All(lines, line =>
        {
            Assert.NotEmpty(line.GetProperty("event").GetString()!);
            Assert.Equal(TimeSpan.Zero, line.GetProperty("time").GetDateTimeOffset().Offset);
            Assert.EndsWith("Z", line.GetProperty("time").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal("started", Event(lines[0]));
        Assert.Equal("summary", Event(lines[^1]));
        Assert.Single(lines, line => Is(line, "summary"));
        Assert.Single(lines, line => Is(line, "full"));

        var connected = lines.Where(line => Is(line, "connected")).ToList();
        Assert.True(connected.Count >= 8);
        Assert.All(connected, line =>
        {
            Assert.True(line.GetProperty("id").GetInt64() > 0);
            Assert.True(IPEndPoint.TryParse(line.GetProperty("address").GetString()!, out _));
            Assert.Equal("outbound", line.GetProperty("direction").GetString());
            Assert.Equal("automatic", line.GetProperty("kind").GetString());
            Assert.StartsWith("/", line.GetProperty("userAgent").GetString(), StringComparison.Ordinal);
            Assert.Matches("^[0-9a-f]{16}$", line.GetProperty("services").GetString());
            Assert.True(line.GetProperty("height").GetInt32() > 0);
        });
        var disconnected = lines.Where(line => Is(line, "disconnected")).ToList();
        Assert.Equal(connected.Select(Id).Order(), disconnected.Select(Id).Order());
        Assert.All(disconnected, line => Assert.NotEmpty(line.GetProperty("reason").GetString()!));

        var summary = lines[^1];
        Assert.Equal("full", summary.GetProperty("end").GetString());
        Assert.True(summary.GetProperty("full").GetBoolean());
        Assert.Equal(connected.Count, summary.GetProperty("connected").GetInt32());
        Assert.Equal(lines.Count(line => Is(line, "attemptStarted")), summary.GetProperty("dials").GetInt32());
        Assert.InRange(summary.GetProperty("secondsToFull").GetDouble(), 0, summary.GetProperty("seconds").GetDouble());
    }

    [Fact]
    public async Task Json_Seeds_TellWhatEachGave_AndTheSummaryWhatTheBookHas()
    {
        // Not until it is full: that it may be by what the first seed gave, before the second has answered.
        await using var run = await BackgroundRun.StartAsync();
        await Eventually.TrueAsync(() => run.Events.Count(line => Is(line, "seeded")) == 2 && run.Events.Any(line => Is(line, "connected")));
        await run.StopAsync();
        var seeded = run.Events.Where(line => Is(line, "seeded")).ToList();
        Assert.Equal(2, seeded.Count);
        Assert.All(seeded, line =>
        {
            Assert.Equal("dns", line.GetProperty("kind").GetString());
            Assert.StartsWith("x9.seed-", line.GetProperty("host").GetString(), StringComparison.Ordinal);
            Assert.Equal(25, line.GetProperty("addresses").GetInt32());
            Assert.Equal(JsonValueKind.Null, line.GetProperty("failure").ValueKind);
            Assert.True(line.GetProperty("seconds").GetDouble() >= 0);
        });
        Assert.True(run.Events[^1].GetProperty("book").GetProperty("ipv4").GetProperty("tried").GetInt32() > 0);
    }

    [Fact]
    public async Task Run_AgainOnItsDirectory_BeginsWithWhatItKnewAndTwoAnchors()
    {
        var directory = Directory.CreateTempSubdirectory("connmgr-run-");
        try
        {
            var first = new ToolRun();
            Assert.Equal(0, await first.RunAsync("run", "--until-full", "--timeout", "60", "--json", "--data-dir", directory.FullName));
            var second = new ToolRun();
            Assert.Equal(0, await second.RunAsync("run", "--until-full", "--timeout", "60", "--json", "--data-dir", directory.FullName));
            Assert.DoesNotContain(second.Lines, line => Is(line, "seeded"));
            Assert.Equal(2, second.Lines[^1].GetProperty("anchors").GetInt32());

            await File.WriteAllTextAsync(
                Path.Combine(directory.FullName, "sandbox", "peers.dat"), "damaged", TestContext.Current.CancellationToken);
            var third = new ToolRun();
            Assert.Equal(0, await third.RunAsync("run", "--until-full", "--timeout", "60", "--json", "--data-dir", directory.FullName));
            Assert.Contains("peers.dat.bad", Assert.Single(third.Lines, line => Is(line, "notice")).GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Run_SeedsOfItsOwn_AreAskedInsteadAndTheirFailuresTold()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var sandbox = new SandboxNetwork();
            var live = sandbox.Hosts.Where(host => host.Kind == SandboxHostKind.Live).Take(12).Select(host => host.EndPoint.ToString());
            await File.WriteAllLinesAsync(file, ["# the last resort", "", .. live], TestContext.Current.CancellationToken);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var run = new ToolRun { World = () => NetworkWorld.FromSandbox(sandbox, ToolRun.Calm), OutWriter = new WatchedWriter("\"kind\":\"node\"", stop) };

            // Not until it is full: that it may be by what the node gave, before the node's answer is reported.
            Assert.Equal(0, await run.RunAsync(
                stop.Token, "run", "--target", "1", "--json", "--dns-seed", "nowhere.example",
                "--seed-node", sandbox.Hosts.First(host => host.Kind == SandboxHostKind.Live).EndPoint.ToString(), "--fixed-peers", file));
            Assert.Contains(run.Lines, line => Is(line, "seeded") && line.GetProperty("kind").ValueEquals("node"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("1.2.3.4\n5.6.7.8:99999", "line 2")]
    [InlineData("seed.example # a name", "line 1")]
    [InlineData(null, "can't read")]
    public async Task Run_AFixedPeersFileThatIsNone_FailsAndSaysWhere(string? content, string expected)
    {
        var file = Path.GetTempFileName();
        try
        {
            if (content is null)
                File.Delete(file);
            else
                await File.WriteAllTextAsync(file, content.Replace("\\n", "\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            var run = new ToolRun();
            Assert.Equal(1, await run.RunAsync("run", "--until-full", "--fixed-peers", file));
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Json_FailedAttempts_TellPhaseCauseAndTime()
    {
        var run = new ToolRun { World = () => ToolRun.FastSandbox(deadShare: 0.7, ipv6Share: 0.1) };
        Assert.Equal(0, await run.RunAsync("run", "--until-full", "--timeout", "60", "--json", "--target", "16"));
        var failed = run.Lines.Where(line => Is(line, "attemptFailed")).ToList();
        Assert.NotEmpty(failed);
        Assert.All(failed, line =>
        {
            Assert.True(Id(line) > 0);
            Assert.NotEmpty(line.GetProperty("address").GetString()!);
            Assert.NotEmpty(line.GetProperty("phase").GetString()!);
            Assert.NotEmpty(line.GetProperty("cause").GetString()!);
            Assert.True(line.GetProperty("milliseconds").GetDouble() >= 0);
        });
        var summary = run.Lines[^1];
        var counted = summary.GetProperty("failed").EnumerateObject().Sum(cause => cause.Value.GetInt32());
        Assert.Equal(failed.Count, counted + summary.GetProperty("canceled").GetInt32());
    }

    [Fact]
    public async Task UntilFull_TimedOut_SaysWhatWasMissing()
    {
        var time = new FakeTimeProvider();
        var run = new ToolRun { World = () => ToolRun.FastSandbox(deadShare: 1), TimeProvider = time };

        var running = run.RunAsync("run", "--until-full", "--timeout", "2", "--target", "3", "--add-peer", "10.1.2.3:5", "--json");
        await Eventually.TrueAsync(() => run.Lines.Any(line => Is(line, "attemptFailed") && line.GetProperty("address").ValueEquals("10.1.2.3:5")));
        time.Advance(TimeSpan.FromSeconds(2)); // Less than the pause before it is tried again.

        Assert.Equal(1, await running);
        Assert.Contains("not full after 2 s", run.Error, StringComparison.Ordinal);
        Assert.Contains("3 of 3 automatic peers", run.Error, StringComparison.Ordinal);
        Assert.Contains("permanent peer 10.1.2.3:5 (attempts: 1, the last one: tcp unreachable", run.Error, StringComparison.Ordinal);
        var summary = run.Lines[^1];
        Assert.Equal("timedOut", summary.GetProperty("end").GetString());
        Assert.Equal(2, summary.GetProperty("missing").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("secondsToFull").ValueKind);
    }

    [Fact]
    public async Task Connect_WithTarget_ConnectsToThoseAlone()
    {
        var sandbox = NewSandbox();
        var peers = sandbox.Hosts.Take(3).Select(host => host.EndPoint.ToString()).ToArray();
        var run = new ToolRun { World = () => NetworkWorld.FromSandbox(sandbox, ToolRun.Calm) };
        string[] connect = [.. peers.Append(peers[0]).SelectMany(peer => new[] { "--connect", peer })];
        Assert.Equal(0, await run.RunAsync(["run", "--until-full", "--timeout", "60", "--json", "--target", "5", .. connect]));
        Assert.Contains("--target 5 has no effect", run.Error, StringComparison.Ordinal);
        var connected = run.Lines.Where(line => Is(line, "connected")).ToList();
        Assert.Equivalent(peers, connected.Select(line => line.GetProperty("address").GetString()), strict: true);
        Assert.All(connected, line => Assert.Equal("permanent", line.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task AddPeer_BesideAutomatic_BothAreNeededToBeFull()
    {
        var sandbox = NewSandbox();
        var run = new ToolRun { World = () => NetworkWorld.FromSandbox(sandbox, ToolRun.Calm) };
        Assert.Equal(0, await run.RunAsync(
            "run", "--until-full", "--timeout", "60", "--json", "--target", "4", "--add-peer", sandbox.Hosts[0].EndPoint.ToString()));
        var kinds = run.Lines.Where(line => Is(line, "connected")).Select(line => line.GetProperty("kind").GetString()).ToList();
        Assert.Single(kinds, "permanent");
        Assert.True(kinds.Count - 1 >= 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_Run_StopsAndExitsWith0(bool json)
    {
        using var stop = new CancellationTokenSource();
        var run = new ToolRun { World = () => StoppingWhenDialled(stop) };
        Assert.Equal(0, await run.RunAsync(stop.Token, json ? ["run", "--json"] : ["run"]));
        Assert.Empty(run.Error);
        Assert.Contains(json ? "\"end\":\"interrupted\"" : "stopped after", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_UntilFull_ExitsWith1AndSaysWhatWasMissing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var run = new ToolRun { World = () => ToolRun.FastSandbox(deadShare: 1) };
        Assert.Equal(1, await run.RunAsync(stop.Token, "run", "--until-full"));
        Assert.Contains("interrupted before it was full", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listen_AddressOfNobody_ExitsWith1()
    {
        var run = new ToolRun();
        Assert.Equal(1, await run.RunAsync("run", "--network", "regtest", "--listen", "192.0.2.1:5"));
        Assert.Contains("cannot listen on 192.0.2.1:5", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Listen_Inbound_IsToldWithItsRealPort()
    {
        using var stop = new CancellationTokenSource();
        var run = new ToolRun { World = WithOneVisitor, OutWriter = new WatchedWriter("connected", stop) };
        Assert.Equal(0, await run.RunAsync(stop.Token, "run", "--json", "--target", "0", "--listen", "10.0.0.9:0"));
        var listening = run.Lines[0].GetProperty("listening")[0].GetString()!;
        Assert.NotEqual(0, IPEndPoint.Parse(listening).Port);
        var inbound = Assert.Single(run.Lines, line => Is(line, "connected"));
        Assert.Equal("inbound", inbound.GetProperty("direction").GetString());
        Assert.Equal("inbound", inbound.GetProperty("kind").GetString());
        Assert.Equal(Visitor, inbound.GetProperty("userAgent").GetString());
    }

    [Fact]
    public async Task Live_HostileUserAgent_IsNoMarkup()
    {
        using var stop = new CancellationTokenSource();
        await using var writer = new WatchedWriter(Visitor, stop);
        var run = new ToolRun { World = WithOneVisitor, Terminal = Screens.Terminal(writer, 200, 40) };
        Assert.Equal(0, await run.RunAsync(stop.Token, "run", "--target", "0", "--listen", "10.0.0.9:0"));
        var text = writer.ToString();
        Assert.Contains(Visitor, Screens.WithoutSequences(text), StringComparison.Ordinal);
        Assert.StartsWith("\e[?1049h", text, StringComparison.Ordinal);
        Assert.Contains("\e[?25h\e[?1049l", text, StringComparison.Ordinal);
        Assert.Contains("stopped after", text[text.IndexOf("\e[?1049l", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Empty(run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Run_OutputIsGone_EndsWith1()
    {
        await using var error = new StringWriter();
        var app = new ToolApp(new ToolEnvironment { Out = new BrokenWriter(), Error = error, OpenWorld = (_, _) => ToolRun.FastSandbox() });
        Assert.Equal(1, await app.RunAsync(["run", "--json"], TestContext.Current.CancellationToken));
        Assert.StartsWith("connmgr: can't write to standard output: Broken pipe", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DataDirectoryRemoved_EndsAndTellsWhatIsLost()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--dashboard", "127.0.0.1:0");
        await run.ConnectedAsync(8); // Begun: whose directory goes before that can't begin.
        await Eventually.TrueAsync(() =>
        {
            try
            {
                Directory.Delete(run.Directory, recursive: true);
                return true;
            }
            catch (IOException)
            {
                return false; // The run was writing a file there.
            }
        });
        await run.StopAsync(exitCode: 1);
        Assert.Equal("summary", Event(run.Events[^1]));
        Assert.NotEqual(0, run.Events[^1].GetProperty("lost").GetArrayLength());
        Directory.CreateDirectory(run.Directory);
    }

    [Fact]
    public async Task Run_BookThatCantBeWrittenAtTheEnd_ExitsWith1AndSaysWhatIsLost()
    {
        await using var run = await BackgroundRun.StartAsync();
        await run.ConnectedAsync(8);
        var book = ChainDirectory.FromDataDirectory(run.Directory, SandboxNetwork.Chain).Peers;
        await Eventually.TrueAsync(() =>
        {
            try
            {
                File.Delete(book);
                Directory.CreateDirectory(book); // Nothing can be renamed to that, not even by root.
                return true;
            }
            catch (IOException)
            {
                return false; // The run has just written it again.
            }
        });
        await run.StopAsync(exitCode: 1);
        var notice = run.Events.Last(line => Is(line, "notice")).GetProperty("message").GetString()!;
        Assert.StartsWith("Changes of the address book since ", notice, StringComparison.Ordinal);
        Assert.Contains(book, notice, StringComparison.Ordinal);
        Assert.Equal("summary", Event(run.Events[^1]));
        Assert.Equal(notice, Assert.Single(run.Events[^1].GetProperty("lost").EnumerateArray()).GetString());
        Assert.Equal($"connmgr: not everything could be saved at the end:\n  {notice}\n", run.Error);
    }

    private static SandboxNetwork NewSandbox() => new(new()
    {
        Peers = 64,
        DeadShare = 0,
        SlowShare = 0,
        ResettingShare = 0,
        SilentShare = 0,
        RestlessShare = 0,
        HostileShare = 0,
    });

    private static NetworkWorld StoppingWhenDialled(CancellationTokenSource stop)
    {
        var sandbox = NewSandbox();
        return new NetworkWorld
        {
            Chain = SandboxNetwork.Chain,
            AddressSource = sandbox.AddressSource,
            Dial = async (endPoint, token) =>
            {
                var stream = await sandbox.DialAsync(endPoint, token);
                await stop.CancelAsync();
                return stream;
            },
            Owned = sandbox,
        };
    }

    /// <summary>Creates a network whose only host dials in as soon as there is a listener, and stays until it is disconnected.</summary>
    private static NetworkWorld WithOneVisitor()
    {
        var network = new MemoryNetwork();
        var visit = Task.CompletedTask;
        return new NetworkWorld
        {
            Chain = SandboxNetwork.Chain,
            AddressSource = new AddressPool(),
            Dial = network.DialAsync,
            Listen = (endPoint, _) =>
            {
                var listener = network.Listen(endPoint);
                visit = VisitAsync(network, listener.LocalEndPoint);
                return listener;
            },
            Owned = new Ending(network, () => visit),
        };
    }

    private static async Task VisitAsync(MemoryNetwork network, EndPoint listener)
    {
        await using var stream = await network.DialAsync(listener, CancellationToken.None);
        var protocol = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain, UserAgent = Visitor });
        var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Outbound, listener, CancellationToken.None);
        var running = peer.RunAsync((_, _, _) => ValueTask.CompletedTask, CancellationToken.None);
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool Is(JsonElement line, string name) => string.Equals(Event(line), name, StringComparison.Ordinal);

    private static string? Event(JsonElement line) => line.GetProperty("event").GetString();

    private static long Id(JsonElement line) => line.GetProperty("id").GetInt64();

    private sealed class Ending(MemoryNetwork network, Func<Task> visit) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await visit();
            await network.DisposeAsync();
        }
    }

    private sealed class BrokenWriter : StringWriter
    {
        public override void Flush() => throw new IOException("Broken pipe");
    }
}
