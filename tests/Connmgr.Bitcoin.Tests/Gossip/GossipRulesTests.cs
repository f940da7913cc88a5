namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class GossipRulesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly GossipRules Rules =
        new(AddressNetworks.IPv4 | AddressNetworks.IPv6, NodeServices.Network | NodeServices.NetworkLimited);

    [Theory]
    [InlineData(0, true)]
    [InlineData(100_000_000, true)]
    [InlineData(100_000_001, false)]
    [InlineData(1_700_000_000, false)]
    [InlineData(1_800_000_600, false)]
    [InlineData(1_800_000_601, true)]
    [InlineData(uint.MaxValue, true)]
    public void TryRead_TimesThatCannotBe_AreFiveDaysAgo(long seen, bool isReplaced)
    {
        Assert.True(Rules.TryNormalize(GossipGen.Node("1.2.3.4:8333", DateTimeOffset.FromUnixTimeSeconds(seen)), Now, out var read));
        Assert.Equal(isReplaced ? Now.AddDays(-5) : DateTimeOffset.FromUnixTimeSeconds(seen), read.LastSeen);
    }

    [Theory]
    [InlineData("1.2.3.4:8333", true)]
    [InlineData("[2a01:4f8::1]:8333", true)]
    [InlineData("127.0.0.1:8333", false)]
    [InlineData("10.1.2.3:8333", false)]
    [InlineData("[fc00::1]:8333", false)]
    [InlineData("[2001:db8::1]:8333", false)]
    public void TryRead_AddressesThatMeanNothingToOthers_AreOfNoUse(string endPoint, bool isUseful) =>
        Assert.Equal(isUseful, Rules.TryNormalize(GossipGen.Node(endPoint, Now), Now, out _));

    [Theory]
    [InlineData(NodeServices.None, false)]
    [InlineData(NodeServices.Witness | NodeServices.P2PV2, false)]
    [InlineData(NodeServices.Network, true)]
    [InlineData(NodeServices.NetworkLimited | NodeServices.Witness, true)]
    public void TryRead_WithoutUsefulServices_IsOfNoUse(NodeServices services, bool isUseful)
    {
        var told = GossipGen.Node("1.2.3.4:8333", Now) with { Services = (ulong)services };
        Assert.Equal(isUseful, Rules.TryNormalize(told, Now, out _));
        Assert.True(new GossipRules(AddressNetworks.All, NodeServices.None).TryNormalize(told, Now, out var read));
        Assert.Equal(told, read);
    }

    [Fact]
    public void TryRead_OnCjdns_TakesItsAddressesForThat()
    {
        var rules = new GossipRules(AddressNetworks.Cjdns, NodeServices.None);
        Assert.True(rules.TryNormalize(GossipGen.Node("[fc12::1]:8333", Now), Now, out var read));
        Assert.Equal(AddressNetwork.Cjdns, read.EndPoint.Address.Network);
    }

    [Fact]
    public void IsReachable_IsWhatTheSetSays()
    {
        AddressNetwork[] each = [AddressNetwork.IPv4, AddressNetwork.IPv6, AddressNetwork.TorV3, AddressNetwork.I2P, AddressNetwork.Cjdns];
        AddressNetworks[] sets =
            [AddressNetworks.IPv4, AddressNetworks.IPv6, AddressNetworks.TorV3, AddressNetworks.I2P, AddressNetworks.Cjdns];
        for (var i = 0; i < sets.Length; i++)
            Assert.Equal([each[i]], each.Append(AddressNetwork.Internal).Where(new GossipRules(sets[i], NodeServices.None).IsReachable));
    }
}
