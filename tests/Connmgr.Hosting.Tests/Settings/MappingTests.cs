using System.Net;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>From what the builder and configuration say to the options of a network.</summary>
public class MappingTests
{
    [Fact]
    public void CreateOptions_Defaults_AreThoseOfTheNetwork()
    {
        var (options, defaults) = (PeerNetworkFactory.CreateOptions(new BitcoinPeersSettings(), ChainParameters.Signet), new PeerNetworkOptions());
        Assert.Equal(defaults.TargetOutbound, options.TargetOutbound);
        Assert.Equal(defaults.MaxInbound, options.MaxInbound);
        Assert.Equal(defaults.ReachableNetworks, options.ReachableNetworks);
        Assert.Null(options.Proxies);
        Assert.Equal(defaults.Policies, options.Policies);
        var (protocol, protocolDefaults) = (options.Protocol!, new BitcoinPeerOptions());
        Assert.Equal(protocolDefaults.StartHeight(), protocol.StartHeight());
        Assert.All(
            typeof(BitcoinPeerOptions).GetProperties().Where(property => property.Name is not nameof(protocol.RequiredServices)
                && (property.PropertyType.IsValueType || property.PropertyType == typeof(string))),
            property => Assert.Equal(property.GetValue(protocolDefaults), property.GetValue(protocol)));
        Assert.Equal(ChainParameters.Signet.DnsSeeds, options.Chain!.DnsSeeds);
        var (manager, managerDefaults) = (new ConnectionManagerOptions(), new ConnectionManagerOptions());
        new ConnectionManagerSettings().ApplyTo(manager);
        foreach (var property in typeof(ConnectionManagerOptions).GetProperties().Where(property => property.PropertyType.IsValueType))
            Assert.Equal(property.GetValue(managerDefaults), property.GetValue(manager));
    }

    [Fact]
    public void Builder_AllOfIt_ReachesTheOptions()
    {
        var services = new ServiceCollection();
        services.AddBitcoinPeers("testnet4")
            .AddDnsSeeds("seed.example")
            .AddGroups(PeerGroup.LightWallet(3, 1))
            .AddGroups(new PeerGroup("tor", 1) { Networks = AddressNetworks.TorV3 })
            .AddSeedNode("192.0.2.1")
            .AddPermanentPeer("node.example")
            .AddPermanentPeer("[2001:db8::1]:1000")
            .AddPermanentPeer("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0")
            .ListenOn("127.0.0.1:0")
            .UseDataDirectory("/somewhere")
            .UseTor(control: "127.0.0.1:9051", password: "x")
            .UseProxy("127.0.0.1:4447=i2p")
            .OnlyNetworks(AddressNetworks.TorV3 | AddressNetworks.I2P)
            .Configure(settings =>
            {
                settings.UseChainSeeds = false;
                (settings.UpgradeEnabled, settings.Upgrade) = (true, new PeerUpgrade { MinGain = 20 });
                settings.Quarantine = new PeerQuarantine { FirstRest = TimeSpan.FromMinutes(1) };
            });
        using var provider = services.BuildServiceProvider();
        var settings = provider.GetRequiredService<IOptionsMonitor<BitcoinPeersSettings>>().Get("testnet4");
        var chain = new BitcoinPeersRegistration("testnet4").GetChain(settings);
        Assert.Same(ChainParameters.Testnet4, chain); // By the name of the instance.

        var options = PeerNetworkFactory.CreateOptions(settings, chain!);
        Assert.Equal("seed.example", Assert.Single(options.Chain!.DnsSeeds).Host);
        Assert.Equal([new IPEndPoint(IPAddress.Parse("192.0.2.1"), 48333)], options.SeedNodes);
        Assert.Equal([new DnsEndPoint("node.example", 48333), new IPEndPoint(IPAddress.Parse("2001:db8::1"), 1000), NetworkEndPoint.Parse("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0").ToEndPoint()!], options.PermanentPeers);
        Assert.Equal(["filters=1,services=filters", "plain=2", "tor=1,net=onion"], options.Groups.Select(static group => group.ToString()), StringComparer.Ordinal);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 0)], options.ListenOn);
        Assert.Equal(new PeerPolicies { Upgrade = settings.Upgrade, Quarantine = settings.Quarantine }, options.Policies);
        Assert.Equal((20, TimeSpan.FromMinutes(1)), (options.Policies.Upgrade!.MinGain, options.Policies.Quarantine!.FirstRest));
        settings.QuarantineEnabled = false;
        Assert.Null(PeerNetworkFactory.CreateOptions(settings, chain!).Policies.Quarantine);
        Assert.Equal("/somewhere", options.DataDirectory);
        Assert.Equal(AddressNetworks.TorV3 | AddressNetworks.I2P, options.Proxies!.OnlyNetworks);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9050), options.Proxies.Rules.Onion);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 4447), options.Proxies.Rules.I2P);
        Assert.Equal((new IPEndPoint(IPAddress.Loopback, 9051), "x"), (options.Proxies.TorControl, options.Proxies.TorPassword));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Builder_UseI2P_ReachesTheOptions(bool accept)
    {
        var services = new ServiceCollection();
        services.AddBitcoinPeers("mainnet").UseI2P("10.0.0.5", accept).Configure(static settings => settings.I2PTunnelLength = 1);
        using var provider = services.BuildServiceProvider();
        var settings = provider.GetRequiredService<IOptionsMonitor<BitcoinPeersSettings>>().Get("mainnet");

        var proxies = PeerNetworkFactory.CreateOptions(settings, ChainParameters.Mainnet).Proxies!;

        Assert.Equal((new IPEndPoint(IPAddress.Parse("10.0.0.5"), 7656), accept, 1), (proxies.I2PSam, proxies.AcceptI2P, proxies.I2PTunnelLength));
        Assert.Empty(SettingsRules.GetErrors(settings, ChainParameters.Mainnet));
        settings.Proxies = settings.Proxies with { I2P = proxies.I2PSam };
        settings.I2PTunnelLength = 9;
        Assert.Equal(["I2PSam", "I2PTunnelLength"], SettingsRules.GetErrors(settings, ChainParameters.Mainnet).Select(static error => error.Split(' ')[0].Split(':')[^1]), StringComparer.Ordinal);
    }

    [Fact]
    public void CreateOptions_Identity_ReachesTheProtocol()
    {
        var settings = new BitcoinPeersSettings
        {
            UserAgent = "/test:1/",
            Services = NodeServices.Network | NodeServices.Witness,
            Relay = false,
            StartHeight = 900_000,
            SendHeaders = true,
            SendCmpct = CompactBlockMode.HighBandwidth,
            FeeFilter = 1000,
            Transport = TransportPolicy.V2Only,
            TransportByNetwork = { [AddressNetwork.TorV3] = TransportPolicy.PreferV2 },
        };
        var protocol = PeerNetworkFactory.CreateOptions(settings, ChainParameters.Signet).Protocol!;
        Assert.Equal(("/test:1/", NodeServices.Network | NodeServices.Witness, false, 900_000), (protocol.UserAgent, protocol.Services, protocol.Relay, protocol.StartHeight()));
        Assert.Equal((true, CompactBlockMode.HighBandwidth, 1000L), (protocol.SendHeaders, protocol.SendCmpct, protocol.FeeFilter));
        Assert.Equal(TransportPolicy.V2Only, protocol.Transport);
        Assert.Equal([KeyValuePair.Create(AddressNetwork.TorV3, TransportPolicy.PreferV2)], protocol.TransportByNetwork);
    }

    [Theory]
    [InlineData(null, "own")]
    [InlineData("signet", "signet")]
    public void ChainOf_OneOfTheProgramsOwn_GivesWayToConfiguration(string? configured, string expected)
    {
        var registration = new BitcoinPeersRegistration("mainnet") { Chain = ChainParameters.Regtest with { Name = "own" } };
        Assert.Equal(expected, registration.GetChain(new BitcoinPeersSettings { Chain = configured })!.Name);
    }
}
