using System.Net;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>All errors of options are reported at once, including those of nested options.</summary>
public sealed class PeerNetworkOptionsTests
{
    public static TheoryData<string, Action<PeerNetworkOptions>> Bad { get; } = new()
    {
        { "Chain", static o => o.Chain = null },
        { "Chain", static o => o.Chain = ChainParameters.Regtest with { Magic = [1, 2, 3] } },
        { "Chain", static o => o.Chain = ChainParameters.Regtest with { DefaultPort = 0 } },
        { "Chain", static o => o.Chain = ChainParameters.Regtest with { DnsSeeds = default } },
        { "Chain", static o => o.Chain = ChainParameters.Regtest with { FixedSeeds = default } },
        { "PermanentPeers", static o => o.PermanentPeers = null! },
        { "PermanentPeers", static o => o.PermanentPeers = [null!] },
        { "ListenOn", static o => o.ListenOn = null! },
        { "ListenOn", static o => o.ListenOn = [null!] },
        { "SeedNodes", static o => o.SeedNodes = null! },
        { "SeedNodes", static o => o.SeedNodes = [null!] },
        { "TargetOutbound", static o => o.TargetOutbound = -1 },
        { "TargetOutbound", static o => (o.TargetOutbound, o.Groups) = (7, [new("a", 1)]) },
        { "Groups", static o => o.Groups = null! },
        { "Groups", static o => o.Groups = [new("a", 1), null!] },
        { "Groups", static o => o.Groups = [new("a", 1), new("a", 1)] },
        { "Groups[a].Target", static o => o.Groups = [new("a", -1)] },
        { "MaxInbound", static o => o.MaxInbound = -1 },
        { "Netgrouper", static o => o.Netgrouper = null! },
        { "InstanceName", static o => o.InstanceName = string.Empty },
        { "DataDirectory", static o => o.DataDirectory = string.Empty },
        { "TimeProvider", static o => o.TimeProvider = null! },
        { "GetMisbehavior", static o => o.GetMisbehavior = null! },
        { "ReachableNetworks", static o => o.ReachableNetworks = (AddressNetworks)1024 },
        { "Policies", static o => o.Policies = null! },
        { "Policies.FeelerInterval", static o => o.Policies = new() { FeelerInterval = TimeSpan.Zero } },
        { "Policies.ExtraNetworkInterval", static o => o.Policies = new() { ExtraNetworkInterval = TimeSpan.FromSeconds(-1) } },
        { "Protocol.UserAgent", static o => o.Protocol = new() { UserAgent = new('x', 300) } },
        { "Protocol.PingInterval", static o => o.Protocol = new() { PingInterval = TimeSpan.MaxValue } },
        { "Proxies.Rules", static o => o.Proxies = new() { Rules = null! } },
        { "Proxies.TorPassword", static o => o.Proxies = new() { TorPassword = "x" } },
        { "Proxies.OnlyNetworks", static o => o.Proxies = new() { OnlyNetworks = AddressNetworks.I2P } },
        { "Proxies.Socks5", static o => o.Proxies = new() { Socks5 = null! } },
        { "Proxies.Socks5.Timeout", static o => o.Proxies = new() { Socks5 = new() { Timeout = TimeSpan.Zero } } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void GetErrors_BadOption_IsNamedAndThrown(string name, Action<PeerNetworkOptions> change)
    {
        var options = Valid();
        change(options);
        var error = Assert.Single(options.GetErrors());
        Assert.StartsWith($"{name} ", error, StringComparison.Ordinal);
        Assert.Contains(error, Assert.Throws<ArgumentException>(() => new PeerNetwork(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetErrors_SeveralBadOptions_NamesEach()
    {
        var options = new PeerNetworkOptions
        {
            TargetOutbound = -1,
            MaxInbound = -1,
            SeedNodes = null!,
            PermanentPeers = [null!],
            Protocol = new() { UserAgent = new('x', 300), PingInterval = TimeSpan.Zero, MaxSendBacklog = 0 },
            Proxies = new() { Rules = null!, TorPassword = "x", Socks5 = new() { Timeout = TimeSpan.Zero, ProxyTimeout = TimeSpan.Zero } },
            Policies = new() { FeelerInterval = TimeSpan.Zero, ExtraNetworkInterval = TimeSpan.Zero },
        };
        string[] wrong =
        [
            "Chain", "PermanentPeers", "SeedNodes", "TargetOutbound", "MaxInbound", "Protocol.UserAgent", "Protocol.MaxSendBacklog", "Protocol.PingInterval",
            "Proxies.Rules", "Proxies.TorPassword", "Proxies.Socks5.Timeout", "Proxies.Socks5.ProxyTimeout", "Policies.FeelerInterval", "Policies.ExtraNetworkInterval",
        ];

        var errors = options.GetErrors();

        Assert.Equal(wrong, errors.Select(static error => error[..error.IndexOf(' ', StringComparison.Ordinal)]), StringComparer.Ordinal);
        var thrown = Assert.Throws<ArgumentException>(() => new PeerNetwork(options));
        Assert.All(errors, error => Assert.Contains(error, thrown.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void GetErrors_TheDefaultsAndAChain_FindsNone() => Assert.Empty(Valid().GetErrors());

    [Fact]
    public async Task Configure_EachPart_IsCalledInTheOrderGossipSeedingConnections()
    {
        var calls = new List<string>();
        var options = Valid();
        options.SeedNodes = [new DnsEndPoint("seed.example", 8333)];
        options.Configure = _ => calls.Add("connections");
        options.ConfigureSeeding = _ => calls.Add("seeding");
        options.ConfigureGossip = _ => calls.Add("gossip");

        await using var network = new PeerNetwork(options);

        Assert.Equal(["gossip", "seeding", "connections"], calls);
    }

    [Fact]
    public void Configure_SeedingOptionsAreNotValid_FailsBeforeAnythingElseIsConfigured()
    {
        var options = Valid();
        options.SeedNodes = [new DnsEndPoint("seed.example", 8333)];
        options.ConfigureSeeding = static seeding => seeding.FetchTimeout = TimeSpan.Zero;
        options.Configure = static _ => Assert.Fail("The connections were configured.");

        Assert.Throws<ArgumentException>(() => new PeerNetwork(options));
    }

    private static PeerNetworkOptions Valid() => new() { Chain = ChainParameters.Regtest };
}
