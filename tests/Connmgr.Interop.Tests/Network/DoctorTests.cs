using System.Net;
using System.Text.Json;

namespace Connmgr.Interop.Network;

/// <summary><c>connmgr doctor</c> with real programs: bitcoind, Tor, a SOCKS proxy, and a router with miniupnpd.</summary>
public sealed class DoctorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Doctor_ServicesAndAPeerRun_FindsNoProblem()
    {
        Servers.RequireTor();
        var socks = Servers.RequireSocks();
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions { Network = network, Address = IPAddress.Parse("20.1.1.1"), RpcAddress = IPAddress.Parse("20.0.0.1") }, Cancellation);
        await using var proxy = ServerProcess.Start(socks, ["-i", "20.1.1.5", "-p", "1080"], network);
        var folder = Directory.CreateTempSubdirectory("connmgr-doctor-").FullName;
        using var reap = Reaper.Instance.Add($"rm -rf {folder}");
        await using (var tor = ServerProcess.Start(
            "tor", ["--DisableNetwork", "1", "--ControlPort", "20.1.1.6:9051", "--CookieAuthentication", "1", "--SocksPort", "0", "--DataDirectory", folder, "-f", Path.Combine(folder, "none"), "--ignore-missing-torrc"], network))
        {
            string output = "";
            JsonElement report = default;
            await Poll.UntilAsync(
                async token =>
                {
                    await using var run = ToolProcess.Start(
                        network, "doctor", "--json", "--network", "regtest", "--connect", "20.1.1.1:18444", "--proxy", "20.1.1.5:1080", "--tor-control", "20.1.1.6:9051", "--listen", "20.1.1.7:8333");
                    var code = await run.WaitAsync(token);
                    output = $"{run.Output}{tor.Output}";
                    if (code == 0)
                        report = JsonElement.Parse(run.Output.Trim());
                    return code == 0; // Tor needs a moment to listen.
                },
                () => output,
                Cancellation);
            foreach (var name in (string[])["proxy", "tor", "ports", "peers"])
                Assert.Equal((name, "ok"), (name, Find(report, name).GetProperty("status").GetString()));
            Assert.Contains("lets this program control it", Find(report, "tor").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("auto", "NAT-PMP")]
    [InlineData("pcp", "PCP")]
    [InlineData("upnp", "UPnP")]
    public async Task Doctor_BehindARouter_AsksItAndMapsNothing(string method, string protocol)
    {
        await using var home = await HomeNetwork.CreateAsync(Cancellation);
        await home.StartProgramAsync(Cancellation);
        await using var run = ToolProcess.Start(home.Inside, "doctor", "--json", "--network", "regtest", "--offline", "--listen", "0.0.0.0:8333", "--port-map", method);
        Assert.Equal(0, await run.WaitAsync(Cancellation));
        var check = Find(JsonElement.Parse(run.Output.Trim()), "port mapping");
        Assert.Equal(
            ("ok", protocol is "PCP" ? $"The gateway {HomeNetwork.Router4} speaks PCP." : $"The gateway {HomeNetwork.Router4} speaks {protocol}; its address is {HomeNetwork.Public4}."),
            (check.GetProperty("status").GetString(), check.GetProperty("message").GetString()));
        Assert.Empty(await home.GetMappingsAsync(Cancellation));
    }

    [Fact]
    public async Task Doctor_NothingRuns_FindsTheProblems()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var run = ToolProcess.Start(
            network, "doctor", "--json", "--network", "regtest", "--connect", "20.1.1.1:18444", "--proxy", "20.1.1.5:1080", "--tor-control", "20.1.1.6:9051", "--i2p-sam", "20.1.1.8:7656", "--wait", "1");
        Assert.Equal(1, await run.WaitAsync(Cancellation));
        var report = JsonElement.Parse(run.Output.Trim());
        foreach (var name in (string[])["proxy", "tor", "i2p", "peers"])
            Assert.Equal((name, "problem"), (name, Find(report, name).GetProperty("status").GetString()));
    }

    private static JsonElement Find(JsonElement report, string name) =>
        report.GetProperty("checks").EnumerateArray().First(check => check.GetProperty("name").ValueEquals(name));
}
