using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class ReloadTests
{
    [Fact]
    public async Task Hangup_ANewFile_ChangesWhatCanBeAndTellsWhatNeedsARestart()
    {
        await using var run = await BackgroundRun.StartAsync(
            world: null, variables: null, "target = 2\nmax-inbound = 9\nadd-peer = ['1.0.0.1', '1.0.0.2']");
        await run.ConnectedAsync(2);

        var reloaded = await run.ReloadAsync("target = 5\nmax-inbound = 7\nmax-per-host = 3\nadd-peer = ['1.0.0.2', '1.0.0.3']\nlisten = '127.0.0.1:1'\n");
        Assert.True(reloaded.GetProperty("succeeded").GetBoolean());
        Assert.Equal(
            [
                "add-peer: 1.0.0.1 1.0.0.2 -> 1.0.0.2 1.0.0.3", "listen: default -> 127.0.0.1:1 (restart)", "max-inbound: 9 -> 7", "max-per-host: default -> 3",
                "target: 2 -> 5",
            ],
            Changes(reloaded),
            StringComparer.Ordinal);
        await Eventually.TrueAsync(async () =>
        {
            var peers = await run.JsonAsync("peers", "list");
            var permanent = peers.Where(peer => peer.GetProperty("kind").ValueEquals("permanent")).Select(peer => peer.GetProperty("address").GetString()).Order(StringComparer.Ordinal);
            return permanent.SequenceEqual(["1.0.0.2:28555", "1.0.0.3:28555"], StringComparer.Ordinal)
                && peers.Count(peer => peer.GetProperty("kind").ValueEquals("automatic") && peer.GetProperty("state").ValueEquals("connected")) == 5;
        });
        await Eventually.TrueAsync(() => run.Events.Any(line => line.GetProperty("event").ValueEquals("limitsChanged") && line.GetProperty("maxInbound").GetInt32() == 7));

        reloaded = await run.ReloadAsync("target = 5\nmax-inbound = 7\nmax-per-host = 3\nadd-peer = ['1.0.0.2', '1.0.0.3']\nlisten = '127.0.0.1:1'\n");
        Assert.Equal(["listen: default -> 127.0.0.1:1 (restart)"], Changes(reloaded), StringComparer.Ordinal); // It still does.
    }

    [Fact]
    public async Task Hangup_WhatNeedsARestart_IsSaidAgainUntilThen()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, variables: null, "target = 1");
        string[] expected =
        [
            "quarantine: default -> off (restart)", "receive-budget: default -> 20000000 (restart)", "relay: default -> on (restart)",
            "services: default -> network+witness (restart)", "start-height: default -> 5 (restart)", "upgrade: default -> true (restart)", "user-agent: default -> /a:1/ (restart)",
        ];
        const string Changed = "target = 1\nquarantine = 'off'\nreceive-budget = 20000000\nupgrade = true\nrelay = 'on'\nservices = 'network+witness'\nstart-height = 5\nuser-agent = '/a:1/'\n";
        Assert.Equal(expected, Changes(await run.ReloadAsync(Changed)), StringComparer.Ordinal);
        Assert.Equal(expected, Changes(await run.ReloadAsync(Changed)), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Hangup_AWrongFile_ChangesNothingAndSaysWhy()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, variables: null, "target = 2");
        await run.ConnectedAsync(2);
        var reloaded = await run.ReloadAsync("target = 4\nmax-inbuond = 3\nlisten = 'x'\n");
        Assert.False(reloaded.GetProperty("succeeded").GetBoolean());
        Assert.Empty(Changes(reloaded));
        var errors = reloaded.GetProperty("errors").EnumerateArray().Select(error => error.GetString()!).ToList();
        Assert.Equal(2, errors.Count);
        Assert.Contains("connmgr.toml:2: max-inbuond is not a setting: did you mean max-inbound?", errors[0], StringComparison.Ordinal);
        Assert.Contains("connmgr.toml:3: listen is 'x'", errors[1], StringComparison.Ordinal);

        reloaded = await run.ReloadAsync("target = 4\nmax-connections = 3\n"); // Each right, not together.
        Assert.Contains("use at least 4", Assert.Single(reloaded.GetProperty("errors").EnumerateArray()).GetString(), StringComparison.Ordinal);
        await run.ConnectedAsync(2);

        reloaded = await run.ReloadAsync("target = 3");
        Assert.Equal(["target: 2 -> 3"], Changes(reloaded), StringComparer.Ordinal);
        await run.ConnectedAsync(3);
    }

    [Fact]
    public async Task Hangup_TheFileGone_ChangesNothing()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "target = 2", TestContext.Current.CancellationToken);
        await using var run = await BackgroundRun.StartAsync(world: null, "--config", path);
        File.Delete(path);
        var reloaded = await run.ReloadAsync("target = 3"); // In the data directory, whose file does not count here.
        Assert.Contains("can't read the configuration file", reloaded.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hangup_WithoutAFile_EndsTheRun()
    {
        var run = new ToolRun { Hangups = new Hangups() };
        var running = run.RunAsync("run", "--json");
        await Eventually.TrueAsync(() => Task.FromResult(run.Out.Contains("\"connected\"", StringComparison.Ordinal)));
        run.Hangups.Send();
        Assert.Equal(0, await running);
        Assert.Equal("summary", run.Lines[^1].GetProperty("event").GetString());
    }

    [Fact]
    public void Plan_FromAnythingToAnything_AppliesAllButWhatNeedsARestart()
    {
        var (live, restart, network) = (0, 0, 0);
        var gen = Gen.Dictionary<string, string>(Gen.OneOf("--network", "--target", "--connect", "--add-peer", "--listen", "--max-per-host", "--json"), Gen.OneOf("1", "2", "3"))[0, 7]
            .Select(settings => settings.ToImmutableSortedDictionary(
                setting => setting.Key, setting => new Setting(setting.Key, [setting.Value], SettingSource.FromCommandLine(setting.Key)), StringComparer.Ordinal));
        gen.Select(gen).Sample(
            (running, wanted) =>
            {
                var plan = ReloadPlan.Create(running, wanted);
                var after = plan.Apply(running, wanted);
                var isOtherNetwork = plan.Changes.Any(change => change.IsFor("--network"));
                foreach (var option in running.Keys.Union(wanted.Keys, StringComparer.Ordinal))
                {
                    var (was, isWanted, became) = (running.GetValueOrDefault(option), wanted.GetValueOrDefault(option), after.GetValueOrDefault(option));
                    var mayChange = !isOtherNetwork && option is "--target" or "--add-peer" or "--max-per-host"
                        || !isOtherNetwork && option is "--connect" && was is not null && isWanted is not null;
                    Assert.True(Setting.AreEqual(mayChange ? isWanted : was, became), option);
                    Assert.Equal(!Setting.AreEqual(was, isWanted), plan.Changes.Any(change => change.IsFor(option)));
                    Interlocked.Add(ref live, mayChange && !Setting.AreEqual(was, isWanted) ? 1 : 0);
                    Interlocked.Add(ref restart, !mayChange && !Setting.AreEqual(was, isWanted) ? 1 : 0);
                }

                Interlocked.Add(ref network, isOtherNetwork ? 1 : 0);
                Assert.Equal(plan.Changes.Where(change => change.NeedsRestart), ReloadPlan.Create(after, wanted).Changes);
            },
            iter: 5_000);
        Assert.True(live > 500 && restart > 500 && network > 500, $"{live} {restart} {network}");
    }

    [Fact]
    public void Effective_ForAnotherNetwork_KeepsThePeersOfTheRun()
    {
        var (running, wanted) = (Peers("1.0.0.1"), Peers("1.0.0.2"));
        var plan = ReloadPlan.Create(Settings(("--add-peer", "1.0.0.1")), Settings(("--network", "signet"), ("--add-peer", "1.0.0.2")));
        Assert.Equal(running.AddPeers, plan.Effective(running, wanted).AddPeers);
        plan = ReloadPlan.Create(Settings(("--add-peer", "1.0.0.1")), Settings(("--add-peer", "1.0.0.2")));
        Assert.Equal(wanted.AddPeers, plan.Effective(running, wanted).AddPeers);

        static RunOptions Peers(string peer) => new() { AddPeers = [HostAndPort.ParseAny(peer, out _)!] };
        static ImmutableSortedDictionary<string, Setting> Settings(params (string Option, string Value)[] settings) => settings.ToImmutableSortedDictionary(
            setting => setting.Option, setting => new Setting(setting.Option, [setting.Value], SettingSource.FromCommandLine(setting.Option)), StringComparer.Ordinal);
    }

    private static IEnumerable<string> Changes(JsonElement reloaded) => reloaded.GetProperty("changes").EnumerateArray().Select(change =>
        $"{change.GetProperty("setting")}: {change.GetProperty("before")} -> {change.GetProperty("after")}{(change.GetProperty("needsRestart").GetBoolean() ? " (restart)" : "")}");
}
