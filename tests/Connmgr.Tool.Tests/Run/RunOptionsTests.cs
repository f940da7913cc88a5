using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests.Run;

public sealed class RunOptionsTests
{
    [Fact]
    public void Listen_OfAnOnionService_SaysSoOfItsConnections()
    {
        Assert.True(Listen("127.0.0.1:1=onion").Profile.IsOnion);
        Assert.False(Listen("127.0.0.1:1").Profile.IsOnion);
    }

    [Fact]
    public async Task ApplyTo_UpgradeAndQuarantine_AreThoseOfTheCommandLine()
    {
        var calm = ToolRun.Calm with { Quarantine = new() { LastsFrom = TimeSpan.FromHours(1) } };
        Assert.Equal(calm, (await ParseAsync()).ApplyTo(calm));
        Assert.Equal(calm with { Upgrade = new() }, (await ParseAsync("--upgrade")).ApplyTo(calm));
        Assert.Equal(calm, (await ParseAsync("--upgrade=false")).ApplyTo(calm));
        Assert.Equal(calm with { Quarantine = null }, (await ParseAsync("--quarantine", "off")).ApplyTo(calm));
        Assert.Equal(
            calm with { Quarantine = new() { FirstRest = TimeSpan.FromMinutes(10), LongestRest = TimeSpan.FromHours(2) } }, (await ParseAsync("--quarantine", "10m/2h")).ApplyTo(calm));
        Assert.Equal(calm with { Quarantine = new() { FirstRest = TimeSpan.FromDays(7), LongestRest = TimeSpan.FromDays(7) } }, (await ParseAsync("--quarantine", "1w")).ApplyTo(calm));
        Assert.Equal(calm with { Quarantine = new() { FirstRest = TimeSpan.FromSeconds(1) } }, (await ParseAsync("--quarantine", "1s")).ApplyTo(calm));
    }

    [Theory]
    [InlineData("v1-only", TransportPolicy.V1Only, "")]
    [InlineData("v2-only,onion=prefer-v2,i2p=v1-only", TransportPolicy.V2Only, "I2P=V1Only TorV3=PreferV2")]
    [InlineData("ipv4=v2-only", TransportPolicy.PreferV2, "IPv4=V2Only")]
    public async Task Transport_IsOneForAll_OrByNetwork(string text, TransportPolicy policy, string byNetwork)
    {
        var transport = (await ParseAsync("--transport", text)).Transport;
        Assert.Equal(policy, transport.Policy);
        Assert.Equal(byNetwork, string.Join(' ', transport.ByNetwork.Select(static each => $"{each.Key}={each.Value}").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("v2", "use prefer-v2 or v1-only or v2-only, and for single networks NET=POLICY")]
    [InlineData("v2-only,tor=v1-only", "'tor' is no network: use ipv4, ipv6, onion, i2p, cjdns")]
    [InlineData("v2-only,onion=", "use prefer-v2 or")]
    [InlineData("v2-only,v1-only", "two policies for all networks")]
    [InlineData("onion=v1-only,onion=v1-only", "two policies for onion")]
    public async Task Transport_Wrong_SaysWhatToWrite(string text, string remedy)
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("run", "--transport", text));
        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
    }

    private static async Task<RunOptions> ParseAsync(params string[] words)
    {
        Setting[] settings = words is [var name, ..]
            ? [new(name.Split('=')[0], words.Length == 2 ? [words[1]] : [name.EndsWith("=false", StringComparison.Ordinal) ? "false" : "true"], SettingSource.FromCommandLine(name))]
            : [];
        var loader = new ConfigurationLoader([.. settings], file: null, new Dictionary<string, string>(StringComparer.Ordinal));
        return (await loader.LoadAsync(new RunOptionSet(), TestContext.Current.CancellationToken)).Options;
    }

    private static ListenAddress Listen(string text) =>
        new(HostAndPort.ParseLocal(text.Replace("=onion", string.Empty, StringComparison.Ordinal), out _)!, text.EndsWith("=onion", StringComparison.Ordinal));
}
