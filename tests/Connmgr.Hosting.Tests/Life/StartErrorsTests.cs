using Connmgr.Bitcoin;
using Connmgr.Hosting.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting.Tests.Life;

/// <summary>Invalid settings keep the host from starting; all errors are reported at once.</summary>
public class StartErrorsTests
{
    [Fact]
    public async Task Start_ManyErrors_NamesEachWithItsValueAndRemedy()
    {
        await using var host = new TestHost(
            (services, configuration) => services.AddBitcoinPeers(configuration.GetSection("Node:Peers")),
            ("Node:Peers:Chain", "minenet"),
            ("Node:Peers:Tagret", "3"),
            ("Node:Peers:TargetOutbound", "-1"),
            ("Node:Peers:DialTimeout", "5"),
            ("Node:Peers:RetryDuration", "0s"),
            ("Node:Peers:ListenOn:0", "0.0.0.0"),
            ("Node:Peers:PermanentPeers", "192.0.2.1, no host"),
            ("Node:Peers:InboundLimits:MaxPerHost", "0"),
            ("Node:Peers:InboundLimits:MaxConnections", "3"),
            ("Node:Peers:Proxies:0", "127.0.0.1:9050=tor4"),
            ("Node:Peers:TorPassword", "hunter2"),
            ("Node:Peers:Upgrade:Interval", "0s"),
            ("Node:Peers:Upgrade:MinGain", "0"),
            ("Node:Peers:Quarantine", "5m"),
            ("Node:Peers:Quarantine:LongestRest", "1m"),
            ("Node:Peers:Health", "good"),
            ("Node:Peers:UserAgent", "caf\u00e9"),
            ("Node:Peers:Services", "network+filter"),
            ("Node:Peers:Relay", "off"),
            ("Node:Peers:StartHeight", "2147483648"),
            ("Node:Peers:SendCmpct", "1"),
            ("Node:Peers:FeeFilter", "2100000000000001"),
            ("Node:Peers:TransportByNetwork:0", "tor=V2Only"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal(
            [
                "Node:Peers:Chain is 'minenet': use mainnet, testnet4, signet or regtest",
                "Node:Peers:DialTimeout is '5': write a time with its unit, such as 500ms, 5s, 2m or 1h, or as hh:mm:ss",
                "Node:Peers:FeeFilter is '2100000000000001': use a whole number of satoshis from 0 to 2100000000000000",
                "Node:Peers:Health is 'good': it is a group of settings, write those",
                "Node:Peers:InboundLimits:MaxPerHost is '0': use a whole number from 1, or unlimited",
                "Node:Peers:ListenOn:0 is '0.0.0.0': write a local IP:PORT or [IPv6]:PORT, such as 0.0.0.0:8333; port 0 lets the system choose",
                "Node:Peers:PermanentPeers is 'no host': write IP:PORT, [IPv6]:PORT or NAME:PORT, such as 192.0.2.1:8333",
                "Node:Peers:Proxies has '127.0.0.1:9050=tor4': 'tor4' is no network: write ipv4, ipv6, onion, cjdns, i2p or always",
                "Node:Peers:Quarantine is '5m': it is a group of settings, write those",
                "Node:Peers:Relay is 'off': use true or false",
                "Node:Peers:SendCmpct is '1': use None, LowBandwidth or HighBandwidth",
                "Node:Peers:Services is 'network+filter': 'filter' is no service: use network, bloom, witness, filters, limited, v2 or bits such as 0x40, with + between them, or none",
                "Node:Peers:StartHeight is '2147483648': use a whole number from 0",
                "Node:Peers:Tagret is not a setting: did you mean TargetOutbound",
                "Node:Peers:TargetOutbound is '-1': use a whole number from 0",
                "Node:Peers:TransportByNetwork:0 is 'tor=V2Only': write NETWORK=POLICY, such as onion=PreferV2, with one of ipv4, ipv6, onion, i2p, cjdns and one of PreferV2, V1Only, V2Only",
                "Node:Peers:Upgrade:MinGain is '0': use a number above 0, such as 15",
                "Node:Peers:InboundLimits:MaxConnections is 3, too few for TargetOutbound, 8, and the places of AllowList ranges: raise it, or use null for no limit",
                "Node:Peers:RetryDuration is 00:00:00: use more than zero, and no more than a year",
                "Node:Peers:Chain is missing: set it to mainnet, testnet4, signet or regtest, set Node:Peers:ChainFile, or give one in the program by UseChain",
                "Node:Peers:Upgrade:Interval is 00:00:00: use 1 s or more",
                "Node:Peers:TorPassword is set but TorControl is not: set both or neither",
            ],
            error.Failures,
            StringComparer.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_InstancesWithErrors_NamesThoseOfAll()
    {
        await using var host = new TestHost(
            (services, configuration) =>
            {
                services.AddBitcoinPeers("one", configuration.GetSection("One"));
                services.AddConnectionManager("other", configuration.GetSection("Other"));
            },
            ("One:Chain", "x"),
            ("Other:PermanentPeers:0", "192.0.2.1"),
            ("Other:PermanentPeers:1", "expyuzz4wqqyqhjn.onion:8333"),
            ("Other:PermanentPeers:2", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p"));

        var error = await Assert.ThrowsAsync<AggregateException>(host.StartAsync);
        var failures = error.InnerExceptions.Cast<OptionsValidationException>().SelectMany(each => each.Failures).ToList();
        Assert.Contains("One:Chain is 'x': use mainnet, testnet4, signet or regtest", failures, StringComparer.Ordinal);
        Assert.Contains("Other:PermanentPeers has '192.0.2.1', which has no port: write HOST:PORT", failures, StringComparer.Ordinal);
        Assert.Contains(failures, static failure => failure.StartsWith("Other:PermanentPeers:1 is 'expyuzz4wqqyqhjn.onion:8333': it is no onion address of version 3", StringComparison.Ordinal));
        Assert.DoesNotContain(failures, static failure => failure.Contains(".i2p", StringComparison.Ordinal)); // I2P has no ports.
    }

    [Fact]
    public async Task Start_FaultsOfCode_AreReportedByTheirName()
    {
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers("signet", settings =>
        {
            settings.TargetOutbound = -2;
            settings.SeedNodes.Add(new System.Net.DnsEndPoint("expyuzz4wqqyqhjn.onion", 8333));
            settings.OnlyNetworks = AddressNetworks.TorV3;
            settings.DataDirectory = string.Empty;
            settings.Health.MinOutbound = 0;
            settings.UserAgent = "caf\u00e9";
            (settings.StartHeight, settings.FeeFilter, settings.SendCmpct) = (-1, -2, (CompactBlockMode)3);
        }));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Collection(
            error.Failures.Order(StringComparer.Ordinal),
            failure => Assert.StartsWith("DataDirectory is empty", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("FeeFilter is -2: use 0 to 2100000000000000 satoshis", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("Health:MinOutbound is 0", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("OnlyNetworks is TorV3, which cannot be reached: name a proxy for it in Proxies", failure, StringComparison.Ordinal),
            failure => Assert.Equal("SeedNodes has 'expyuzz4wqqyqhjn.onion:8333', which is not an onion address of version 3: leave it out", failure),
            failure => Assert.Equal("SendCmpct is 3: use None, LowBandwidth or HighBandwidth", failure),
            failure => Assert.Equal("StartHeight is -1: use 0 or more", failure),
            failure => Assert.StartsWith("TargetOutbound is -2: use 0 or more", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("UserAgent is 'caf\u00e9'", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_ListsSetToNull_SayWhich()
    {
        await using var host = new TestHost((services, _) => services.AddConnectionManager().Configure(settings => settings.PermanentPeers = null!));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal("PermanentPeers is null: leave it as it is for the default", Assert.Single(error.Failures));
    }

    [Fact]
    public async Task Start_NullInThePolicies_SaysSo()
    {
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers().UseChain(ChainParameters.Regtest).Configure(settings => settings.TransportByNetwork = null!));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal("TransportByNetwork is null: leave it as it is for the default", Assert.Single(error.Failures));
    }

    [Fact]
    public async Task Start_ASectionThatIsNotThere_IsWarnedAbout()
    {
        await using var host = new TestHost((services, configuration) => services.AddConnectionManager(configuration.GetSection("Node:Connections")));
        await host.StartAsync();
        Assert.Contains("'Node:Connections'", Assert.Single(host.Lines(709)).Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public void Builder_TextThatIsNoAddress_ThrowsAtOnce()
    {
        var builder = new ServiceCollection().AddBitcoinPeers();
        Assert.Contains("'a b'", Assert.Throws<FormatException>(() => builder.AddPermanentPeer("a b")).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => builder.AddSeedNode(string.Empty));
        Assert.Throws<FormatException>(() => builder.ListenOn("8333"));
        Assert.Throws<FormatException>(() => builder.UseProxy("x=y"));
        Assert.Throws<FormatException>(() => builder.UseTor(control: "unix:"));
    }
}
