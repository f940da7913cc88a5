using System.Net;
using Connmgr.Interop.Seeding;

namespace Connmgr.Interop.Network;

/// <summary>CJDNS with a real bitcoind, in a namespace with addresses of fc00::/8.</summary>
public sealed class CjdnsTests
{
    private static readonly IPAddress Theirs = IPAddress.Parse("fc00::a");
    private static readonly IPAddress OfProxy = IPAddress.Parse("fc00::5");
    private static readonly IPAddress Ours = IPAddress.Parse("fc00::c");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// A run finds a bitcoind by its address, is on CJDNS for it, announces its own address, and is dialled there. Without the option the
    /// address is not dialled.
    /// </summary>
    [Fact]
    public async Task Run_CjdnsReachable_MeetsBitcoindBothWays()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await network.AddAddressAsync(Theirs, Cancellation);
        await network.AddAddressAsync(Ours, Cancellation);
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions { Network = network, Address = Theirs, RpcAddress = IPAddress.Parse("20.0.0.1"), Arguments = ["-cjdnsreachable"] }, Cancellation);
        var folder = Directory.CreateTempSubdirectory("connmgr-cjdns-").FullName;
        using var reap = Reaper.Instance.Add($"rm -rf {folder}");
        var list = Path.Combine(folder, "peers.txt");
        await File.WriteAllTextAsync(list, $"{Theirs}\n", Cancellation);

        await using (var without = ToolProcess.Start(
            network, "run", "--network", "regtest", "--fixed-peers", list, "--target", "1", "--until-full", "--timeout", "5", "--json"))
        {
            Assert.Equal(1, await without.WaitAsync(Cancellation));
            Assert.DoesNotContain("attemptStarted", without.Output, StringComparison.Ordinal);
            Assert.Contains("\"summary\"", without.Output, StringComparison.Ordinal);
        }

        var output = Path.Combine(folder, "run");
        await using var run = ToolProcess.StartInto(
            output, network, "run", "--network", "regtest", "--cjdns-reachable", "--fixed-peers", list, "--target", "1", "--listen", $"[{Ours}]:18444", "--services", "network+witness", "--json");
        var events = await new RunFile(output).WaitUntilFullAsync(run, Cancellation);
        Assert.Equal(Theirs, Assert.Single(RunFile.Connected(events)));
        await node.WaitForPeersAsync(static peers => peers.Any(static peer => IsOnCjdns(peer) && peer.GetProperty("inbound").GetBoolean()), Cancellation);

        var known = "";
        await Poll.UntilAsync(
            async token => (known = (await node.CallAsync("getnodeaddresses", token, 0, "cjdns")).ToString()).Contains($"\"{Ours}\"", StringComparison.Ordinal),
            () => $"bitcoind does not know {Ours}: {known}",
            Cancellation);
        await node.CallAsync("addnode", Cancellation, $"[{Ours}]:18444", "onetry");
        await node.WaitForPeersAsync(static peers => peers.Any(static peer => IsOnCjdns(peer) && !peer.GetProperty("inbound").GetBoolean()), Cancellation);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A real SOCKS5 proxy connects to CJDNS for the run, from an address of its own.</summary>
    [Fact]
    public async Task Run_CjdnsThroughAProxy_ConnectsByIt()
    {
        var socks = Servers.RequireSocks();
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await network.AddAddressAsync(Theirs, Cancellation);
        await network.AddAddressAsync(OfProxy, Cancellation);
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions { Network = network, Address = Theirs, RpcAddress = IPAddress.Parse("20.0.0.1"), Arguments = ["-cjdnsreachable"] }, Cancellation);
        await using var proxy = ServerProcess.Start(socks, ["-i", "20.1.1.5", "-p", "1080", "-b", $"{OfProxy}"], network);
        await using var run = ToolProcess.Start(
            network, "run", "--network", "regtest", "--cjdns-reachable", "--proxy", "20.1.1.5:1080=cjdns", "--connect", $"[{Theirs}]:18444", "--json");

        var peers = await node.WaitForPeersAsync(static peers => peers.Any(static peer => IsOnCjdns(peer) && peer.GetProperty("version").GetInt32() > 0), Cancellation);

        Assert.StartsWith($"[{OfProxy}]:", Assert.Single(peers).GetProperty("addr").GetString(), StringComparison.Ordinal);
        Assert.False(proxy.HasExited, proxy.Output);
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }

    private static bool IsOnCjdns(System.Text.Json.JsonElement peer) => peer.GetProperty("network").ValueEquals("cjdns");
}
