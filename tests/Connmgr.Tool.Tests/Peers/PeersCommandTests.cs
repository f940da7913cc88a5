using System.Net;
using System.Text.Json;

namespace Connmgr.Tool.Tests;

public sealed class PeersCommandTests
{
    [Fact]
    public async Task List_OfRun_ShowsWhatIsConnected()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "3");
        await run.ConnectedAsync(3);
        var peers = await run.JsonAsync("peers", "list");
        var (exitCode, table) = await run.CommandAsync("peers", "list");

        Assert.Equal(3, peers.Count);
        Assert.Equal(4, table.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(peers, peer =>
        {
            Assert.True(IPEndPoint.TryParse(Text(peer, "address"), out _));
            Assert.Equal("outbound", Text(peer, "direction"));
            Assert.Equal("automatic", Text(peer, "kind"));
            Assert.StartsWith("/", Text(peer, "userAgent"), StringComparison.Ordinal);
            Assert.Matches("^[0-9a-f]{16}$", Text(peer, "services"));
            Assert.True(peer.GetProperty("height").GetInt32() > 0);
            Assert.True(peer.GetProperty("protocolVersion").GetInt32() > 70000);
            Assert.True(peer.GetProperty("seconds").GetDouble() >= 0);
            Assert.Equal(JsonValueKind.Null, peer.GetProperty("retrySeconds").ValueKind);
            var reasons = peer.GetProperty("ratingReasons").EnumerateArray().ToDictionary(
                static reason => reason.GetProperty("name").GetString()!, static reason => reason.GetProperty("weight").GetDouble(), StringComparer.Ordinal);
            Assert.Contains("connect", reasons.Keys, StringComparer.Ordinal);
            Assert.InRange(Math.Abs(peer.GetProperty("rating").GetDouble() - reasons.Values.Sum()), 0, 0.05 * (reasons.Count + 1)); // Each is rounded.
        });

        Assert.Equal(0, exitCode);
        Assert.StartsWith("Id  Address", table.Out.TrimStart(), StringComparison.Ordinal);
        Assert.All(peers, peer => Assert.Contains(Text(peer, "address"), table.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Show_Peer_HasTheReasonsOfItsRating()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "2");
        await run.ConnectedAsync(2);
        var peer = (await run.JsonAsync("peers", "list"))[1];
        var id = peer.GetProperty("id").GetRawText();
        Assert.Equal(Text(peer, "address"), Text(Assert.Single(await run.JsonAsync("peers", "show", id)), "address"));

        var (exitCode, shown) = await run.CommandAsync("peers", "show", id);
        Assert.Equal(0, exitCode);
        Assert.Matches($@"^#{id} +{System.Text.RegularExpressions.Regex.Escape(Text(peer, "address"))}\n", shown.Out);
        Assert.Matches(@"\nGroup +default\n", shown.Out);
        Assert.Matches(@"\nRating +-?\d+\.\d\n(  [a-z]+ +-?\d+\.\d\n)+$", shown.Out);
        (exitCode, shown) = await run.CommandAsync("peers", "show", "999");
        Assert.Equal((1, "connmgr: there is no peer '999': 'connmgr peers list' shows all peers.\n"), (exitCode, shown.Error));
    }

    /// <summary>The way that ends well needs Tor: it is among the tests with real servers.</summary>
    [Fact]
    public async Task SendPrivately_WhatCanNotBe_SaysWhy()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "2");
        var file = Path.GetTempFileName();
        try
        {
            var (exitCode, sent) = await run.CommandAsync("peers", "send-privately", file + ".missing");
            Assert.Equal(1, exitCode);
            Assert.StartsWith("connmgr: the transaction was not read: ", sent.Error, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, "not a transaction");
            (exitCode, sent) = await run.CommandAsync("peers", "send-privately", file);
            Assert.Equal(1, exitCode);
            Assert.Contains("has no transaction: it needs", sent.Error, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, $"0200000001{new string('0', 72)}00ffffffff01{new string('0', 16)}0000000000\n");
            (exitCode, sent) = await run.CommandAsync("peers", "send-privately", file);
            Assert.Equal(1, exitCode);
            Assert.Contains("No private network can be reached", sent.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Rotate_Group_ReplacesAsManyAndTellsSo()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--group", "one=2", "--group", "two=2");
        await run.ConnectedAsync(4);
        var before = (await run.JsonAsync("peers", "list")).Select(static peer => peer.GetProperty("id").GetInt64()).ToHashSet();
        Assert.Equal("""{"group":"two","asked":2,"replaced":2}""", Assert.Single(await run.JsonAsync("peers", "rotate", "--group", "two", "--count", "2")).GetRawText());
        await run.ConnectedAsync(4);
        var after = await run.JsonAsync("peers", "list");
        Assert.Equal(2, after.Count(peer => !before.Contains(peer.GetProperty("id").GetInt64())));

        var (exitCode, rotated) = await run.CommandAsync("peers", "rotate");
        Assert.Equal((1, "connmgr: the run has several groups: add --group with one or two.\n"), (exitCode, rotated.Error));
        (exitCode, rotated) = await run.CommandAsync("peers", "rotate", "--group", "three");
        Assert.Equal((1, "connmgr: there is no group 'three': use one or two.\n"), (exitCode, rotated.Error));
        await run.StopAsync();
        Assert.Equal(2, run.Events.Count(static line => line.GetProperty("event").ValueEquals("disconnected") && line.GetProperty("cause").ValueEquals("replaced")));
        Assert.Equal(2, run.Events[^1].GetProperty("replaced").GetInt32());
    }

    [Fact]
    public async Task Rotate_AmongPeersThatReset_TheirAddressesAreReportedAsQuarantined()
    {
        var sandbox = new Testing.SandboxNetwork(new() { Peers = 64, IPv6Share = 0, DeadShare = 0, SlowShare = 0, ResettingShare = 0.5, SilentShare = 0, RestlessShare = 0, HostileShare = 0 });
        await using var run = await BackgroundRun.StartAsync(NetworkWorld.FromSandbox(sandbox, ToolRun.Calm), "--target", "4");
        await Eventually.TrueAsync(async () => (await run.JsonAsync("peers", "list")).Count(static peer => peer.GetProperty("state").ValueEquals("connected")) >= 4);
        await Eventually.TrueAsync(async () =>
        {
            await run.CommandAsync("peers", "rotate");
            return run.Events.Any(static line => line.GetProperty("event").ValueEquals("quarantined"));
        });
        var quarantined = run.Events.First(static line => line.GetProperty("event").ValueEquals("quarantined"));
        Assert.Equal("leftEarly", Text(quarantined, "cause"));
        Assert.Equal(1, quarantined.GetProperty("times").GetInt32());
        var listed = (await run.JsonAsync("addresses", "quarantine")).Single(item => string.Equals(Text(item, "address"), Text(quarantined, "address"), StringComparison.Ordinal));
        Assert.Equal(Text(quarantined, "restsUntil"), Text(listed, "restsUntil"));
    }

    [Fact]
    public async Task Rotate_WithoutAnyToTry_TellsHowManyItReplaced()
    {
        var sandbox = new Testing.SandboxNetwork(new() { Peers = 1, IPv6Share = 0, DeadShare = 0, SlowShare = 0, ResettingShare = 0, SilentShare = 0, RestlessShare = 0, HostileShare = 0 });
        await using var run = await BackgroundRun.StartAsync(NetworkWorld.FromSandbox(sandbox, ToolRun.Calm), "--target", "1");
        await run.ConnectedAsync(1);
        var (exitCode, rotated) = await run.CommandAsync("peers", "rotate", "--timeout", "0.1");
        Assert.Equal((1, "replaced 0 of 1 peers of group default\n"), (exitCode, rotated.Out));
    }

    [Fact]
    public async Task Rotate_WithoutASource_SaysWhy()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--network", "regtest", "--connect", "127.0.0.1:1");
        var (exitCode, rotated) = await run.CommandAsync("peers", "rotate");
        Assert.Equal((1, "connmgr: the run keeps no peers in group default, so there are none to replace.\n"), (exitCode, rotated.Error));
    }

    [Fact]
    public async Task SetTarget_OfRun_ChangesIt()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "2");
        await run.ConnectedAsync(2);
        var (_, text) = await run.CommandAsync("peers", "set-target", "4");
        Assert.Equal("target 4, was 2\n", text.Out);
        await run.ConnectedAsync(4);
        Assert.Equal("""{"target":1,"previous":4}""", Assert.Single(await run.JsonAsync("peers", "set-target", "1")).GetRawText());
        await run.ConnectedAsync(1);
        await run.StopAsync();
        Assert.Contains(run.Events, line => line.GetProperty("event").ValueEquals("limitsChanged") && line.GetProperty("target").GetInt32() == 4);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("address")]
    [InlineData("host")]
    public async Task Disconnect_Peer_EndsItsConnection(string by)
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "2");
        await run.ConnectedAsync(2);
        var peer = (await run.JsonAsync("peers", "list"))[0];
        var endPoint = IPEndPoint.Parse(Text(peer, "address"));
        var text = by switch
        {
            "id" => peer.GetProperty("id").GetRawText(),
            "address" => endPoint.ToString(),
            _ => endPoint.Address.ToString() is var host && host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host,
        };
        var ended = Assert.Single(await run.JsonAsync("peers", "disconnect", text));
        Assert.Equal(peer.GetProperty("id").GetInt64(), ended.GetProperty("id").GetInt64());
        await run.StopAsync();
        Assert.Contains(run.Events, line => line.GetProperty("event").ValueEquals("disconnected")
            && line.GetProperty("id").GetInt64() == peer.GetProperty("id").GetInt64() && !line.GetProperty("cause").ValueEquals("stopped"));
    }

    [Fact]
    public async Task Connect_Permanent_IsKeptUntilItIsRemoved()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "0");
        var (exitCode, failed) = await run.CommandAsync("peers", "connect", "10.9.8.7", "--permanent");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^failed +permanent #\d+  10\.9\.8\.7:28555  tcp unreachable.* It is retried\.\n$", failed.Out);
        var waiting = Assert.Single(await run.JsonAsync("peers", "list"));
        Assert.Contains(Text(waiting, "state"), (string[])["waiting", "connecting"], StringComparer.Ordinal);
        Assert.True(waiting.GetProperty("attempts").GetInt32() > 0);
        Assert.Equal(JsonValueKind.Null, waiting.GetProperty("userAgent").ValueKind);

        var (_, removed) = await run.CommandAsync("peers", "remove", "10.9.8.7");
        Assert.Matches(@"^removed +permanent #\d+  10\.9\.8\.7:28555\n$", removed.Out);
        var (_, none) = await run.CommandAsync("peers", "list");
        Assert.Equal("No peers.\n", none.Out);
    }

    [Fact]
    public async Task Connect_Once_TellsHowItWent()
    {
        var sandbox = new Testing.SandboxNetwork(new() { Peers = 4, DeadShare = 0, SlowShare = 0, ResettingShare = 0, SilentShare = 0, RestlessShare = 0, HostileShare = 0 });
        await using var run = await BackgroundRun.StartAsync(NetworkWorld.FromSandbox(sandbox, ToolRun.Calm), "--target", "0");
        var address = AddressText.Format(sandbox.Hosts[0].EndPoint);
        var item = Assert.Single(await run.JsonAsync("peers", "connect", address));
        Assert.True(item.GetProperty("connected").GetBoolean());
        Assert.Equal(address, Text(item, "address"));
        Assert.Equal("oneOff", Text(item, "kind"));

        var (exitCode, second) = await run.CommandAsync("peers", "connect", address);
        Assert.Equal(1, exitCode);
        Assert.Contains("duplicateAddress", second.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disconnect", "999")]
    [InlineData("remove", "10.1.1.1")]
    public async Task End_NoSuchPeer_ExitsWith1(string command, string peer)
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "1");
        var (exitCode, tool) = await run.CommandAsync("peers", command, peer);
        Assert.Equal(1, exitCode);
        Assert.Equal($"connmgr: there is no peer '{peer}': 'connmgr peers list' shows all peers.\n", tool.Error);
    }

    [Fact]
    public async Task Watch_OfRun_GivesSnapshotAndEvents()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "2");
        await run.ConnectedAsync(2);
        using var stop = new CancellationTokenSource();
        await using var writer = new WatchedWriter("\"event\":\"limitsChanged\"", stop);
        var watch = new ToolRun { OutWriter = writer };
        var watching = watch.RunAsync(stop.Token, "peers", "--data-dir", run.Directory, "watch");
        await Eventually.TrueAsync(() => Task.FromResult(watch.Out.Split("\"event\":\"peer\"").Length >= 3));
        await run.JsonAsync("peers", "set-target", "1");
        Assert.Equal(0, await watching);
        Assert.Equal("snapshot", Text(watch.Lines[0], "event"));
        Assert.Equal(watch.Lines.Count(line => line.GetProperty("event").ValueEquals("peer")), watch.Lines[0].GetProperty("peers").GetInt32());
        Assert.Equal(2, watch.Lines[0].GetProperty("automatic").GetInt32());
        Assert.Equal("connected", Text(watch.Lines[1], "state"));
        Assert.Empty(watch.Error);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("disconnect", "1")]
    [InlineData("set-target", "1")]
    public async Task AnyCommand_WithoutRun_ExitsWith1AndSaysWhatToDo(params string[] command)
    {
        var directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;
        var tool = new ToolRun();
        Assert.Equal(1, await tool.RunAsync(["peers", "--data-dir", directory, .. command]));
        Assert.Contains($"connmgr run --data-dir {directory}", tool.Error, StringComparison.Ordinal);
        Directory.Delete(directory); // It is as empty as it was.
        Assert.Equal(1, await tool.RunAsync(["peers", "--data-dir", directory, .. command]));
        Assert.Contains("there is no directory", tool.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
