using System.Globalization;
using System.Net;
using System.Text.Json;
using Connmgr.Interop.Seeding;

namespace Connmgr.Interop.Network;

/// <summary>A run in one namespace, its peers in another: an address of the run disappears, then its default route while a peer is frozen.</summary>
public sealed class NetworkChangeTests
{
    private static readonly string[] Peers = ["16.1.0.10", "17.1.0.10", "18.1.0.10"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_AnAddressAndARouteDisappear_ReplacesThePeersThatDoNotAnswer()
    {
        await using var inside = await NetworkNamespace.CreateAsync(Cancellation);
        await using var outside = await NetworkNamespace.CreateAsync(Cancellation);
        await JoinAsync(inside, outside);
        await using var nodes = await BitcoindNodes.StartAsync(outside, Cancellation, Peers);
        var folder = Directory.CreateTempSubdirectory("connmgr-change-").FullName;
        using var reap = Reaper.Instance.Add($"rm -rf {folder}");
        var (list, output) = (Path.Combine(folder, "peers.txt"), Path.Combine(folder, "run"));
        await File.WriteAllLinesAsync(list, Peers, Cancellation);
        await using var run = ToolProcess.StartInto(output, inside, "run", "--network", "regtest", "--fixed-peers", list, "--target", "3", "--json");
        var events = new RunFile(output);
        await events.WaitUntilFullAsync(run, Cancellation);

        // Its connection is dead, and its address can't be reached any more. The other two have other addresses.
        var from = await CutAsync(inside, "address del 16.1.0.1/24 dev inside");
        await WaitForEndAsync(events, Peers[0], from, "an address");
        Assert.Equal(Peers[1..].Select(IPAddress.Parse).ToHashSet(), RunFile.Connected(await events.ReadAsync(Cancellation)).ToHashSet());

        // All connections are checked, and the peer that does not run does not answer.
        await inside.RunAsync("kill", ["-STOP", nodes[1].ProcessId.ToString(CultureInfo.InvariantCulture)], Cancellation);
        from = await CutAsync(inside, "route del default");
        await WaitForEndAsync(events, Peers[1], from, "a default route, with a frozen peer");
        Assert.Equal(IPAddress.Parse(Peers[2]), Assert.Single(RunFile.Connected(await events.ReadAsync(Cancellation))));

        // What was lost is there again, and so are the peers.
        await inside.RunIpAsync("address add 16.1.0.1/24 dev inside", Cancellation);
        await inside.RunAsync("kill", ["-CONT", nodes[1].ProcessId.ToString(CultureInfo.InvariantCulture)], Cancellation);
        await Poll.UntilAsync(
            async token => RunFile.Connected(await events.ReadAsync(token)).Count == Peers.Length,
            () => $"not full again: {run.Output}",
            Cancellation);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Connects the namespaces by a pair of devices with an address of each network on either side. Nothing else is routed.</summary>
    private static async Task JoinAsync(NetworkNamespace inside, NetworkNamespace outside)
    {
        foreach (var side in new[] { inside, outside })
        {
            await side.RunIpAsync("route del local 0.0.0.0/0 dev lo", Cancellation);
            await side.RunIpAsync("address del 20.0.0.1/32 dev lo", Cancellation);
        }

        await inside.RunIpAsync($"link add inside type veth peer name outside netns {outside.Name}", Cancellation);
        for (var network = 16; network <= 18; network++)
        {
            await inside.RunIpAsync($"address add {network}.1.0.1/24 dev inside", Cancellation);
            await outside.RunIpAsync($"address add {network}.1.0.10/24 dev outside", Cancellation);
        }

        await inside.RunIpAsync("link set inside up", Cancellation);
        await outside.RunIpAsync("link set outside up", Cancellation);
        await inside.RunIpAsync("route add default via 18.1.0.10", Cancellation);
    }

    private static async Task<DateTimeOffset> CutAsync(NetworkNamespace network, string command)
    {
        var from = TimeProvider.System.GetUtcNow();
        await network.RunIpAsync(command, Cancellation);
        return from;
    }

    private static async Task WaitForEndAsync(RunFile file, string peer, DateTimeOffset from, string what)
    {
        JsonElement ended = default;
        await Poll.UntilAsync(
            async token => (ended = (await file.ReadAsync(token)).FirstOrDefault(happened =>
                happened.GetProperty("event").ValueEquals("disconnected") && happened.GetProperty("address").GetString()!.StartsWith(peer, StringComparison.Ordinal))).ValueKind == JsonValueKind.Object,
            () => $"{peer} is still connected",
            Cancellation);
        Assert.Equal("networkChanged", ended.GetProperty("cause").GetString());
        var seconds = (ended.GetProperty("time").GetDateTimeOffset() - from).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {seconds:0.0} s"));
        Assert.InRange(seconds, 0, 60); // 10 s for an answer; 15 s in all on a quiet machine. Without the check it is 20 minutes.
    }
}
