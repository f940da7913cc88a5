using System.Text.Json;

namespace Connmgr.Tool.Tests;

/// <summary>Groups of peers, from the command line and the file to what is shown.</summary>
public sealed class RunGroupsTests
{
    [Fact]
    public async Task Json_Groups_AreFilledByPeersThatSuitThem()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--until-full", "--timeout", "60", "--json", "--group", "plain=4", "--group", "filters=2,services=filters"));
        Assert.Empty(run.Error);

        var started = run.Lines[0];
        Assert.Equal(["plain=4", "filters=2,services=filters"], started.GetProperty("groups").EnumerateArray().Select(static group => group.GetString()), StringComparer.Ordinal);
        Assert.Equal(6, started.GetProperty("target").GetInt32());
        var services = new Dictionary<long, ulong>();
        var groups = new Dictionary<long, string>();
        foreach (var line in run.Lines.TakeWhile(static line => !Is(line, "full")))
        {
            if (Is(line, "connected"))
                (services[Id(line)], groups[Id(line)]) = (Convert.ToUInt64(line.GetProperty("services").GetString(), 16), line.GetProperty("group").GetString()!);
            else if (Is(line, "moved"))
                groups[Id(line)] = line.GetProperty("to").GetString()!;
            else if (Is(line, "disconnected"))
                groups.Remove(Id(line));
        }

        Assert.Equal(2, groups.Values.Count(static group => group is "filters"));
        Assert.Equal(4, groups.Values.Count(static group => group is "plain"));
        Assert.All(groups.Where(static peer => peer.Value is "filters"), peer => Assert.Equal(0x40UL, services[peer.Key] & 0x40));
    }

    [Fact]
    public async Task Lines_Groups_AreNamedAtTheStartAndOfEachPeer()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--until-full", "--timeout", "60", "--group", "filters=1,services=filters"));
        Assert.Contains("group filters=1,services=filters\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("  group filters\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_Groups_AreNamed()
    {
        var run = new ToolRun();
        Assert.Equal(1, await run.RunAsync("run", "--until-full", "--timeout", "0.5", "--group", "old=2,version=80000"));
        Assert.Contains("2 of 2 automatic peers (old 0 of 2)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OtherGroups_TakeEffectAtOnce_AndSoDoesATarget()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, variables: null, "group = 'plain=2'");
        await run.ConnectedAsync(2);
        var reloaded = await run.ReloadAsync("group = ['plain=2', 'filters=1,services=filters']");
        Assert.True(reloaded.GetProperty("succeeded").GetBoolean());
        await Eventually.TrueAsync(async () => await GroupsAsync(run) is ["filters 1", "plain 2"]);

        var peers = await run.JsonAsync("peers", "list");
        Assert.All(peers.Where(static peer => peer.GetProperty("group").ValueEquals("filters")), static peer => Assert.Equal('4', peer.GetProperty("services").GetString()![^2]));
        var (code, refused) = await run.CommandAsync("peers", "set-target", "3");
        Assert.Equal(1, code);
        Assert.Contains("change --group in its configuration", refused.Error, StringComparison.Ordinal);

        reloaded = await run.ReloadAsync("target = 1");
        Assert.True(reloaded.GetProperty("succeeded").GetBoolean());
        await Eventually.TrueAsync(async () => await GroupsAsync(run) is ["default 1"]);
        reloaded = await run.ReloadAsync("target = 2");
        Assert.True(reloaded.GetProperty("succeeded").GetBoolean());
        await Eventually.TrueAsync(async () => await GroupsAsync(run) is ["default 2"]);
    }

    private static async Task<string[]> GroupsAsync(BackgroundRun run) =>
    [
        .. (await run.JsonAsync("peers", "list")).Where(static peer => peer.GetProperty("state").ValueEquals("connected"))
            .GroupBy(static peer => peer.GetProperty("group").GetString(), StringComparer.Ordinal)
            .Select(static group => $"{group.Key} {group.Count()}")
            .Order(StringComparer.Ordinal),
    ];

    private static bool Is(JsonElement line, string name) => line.GetProperty("event").ValueEquals(name);

    private static long Id(JsonElement line) => line.GetProperty("id").GetInt64();
}
