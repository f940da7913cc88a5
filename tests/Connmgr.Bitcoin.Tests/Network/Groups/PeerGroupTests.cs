using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network.Groups;

public sealed class PeerGroupTests
{
    private static readonly Gen<PeerGroup> Any =
        from name in Gen.String[Gen.Char["abcXYZ019"], 1, PeerGroup.MaxNameLength]
        from target in Gen.Int[0, int.MaxValue]
        from services in Gen.OneOf(Gen.Const(0UL), Gen.ULong, Gen.Int[0, ServiceWords.All.Length - 1].Select(static i => (ulong)ServiceWords.All[i].Services))
        from networks in Gen.Int[1, (int)AddressNetworks.All]
        from relay in Gen.Bool
        from gossip in Gen.Bool
        from version in Gen.OneOf(Gen.Const(0), Gen.Int[0, 80_000])
        from isEncrypted in Gen.Bool
        select new PeerGroup(name, target)
        {
            Services = (NodeServices)services,
            Networks = (AddressNetworks)networks,
            Relay = relay,
            Gossip = gossip,
            MinimumVersion = version,
            MinimumTransport = isEncrypted ? PeerTransport.V2 : PeerTransport.V1,
        };

    public static TheoryData<string, PeerGroup> Texts { get; } = new()
    {
        { "plain=4", new("plain", 4) },
        { "filters=2,services=filters", new("filters", 2) { Services = NodeServices.CompactFilters } },
        { "f=2,services=Filters+network+0x400", new("f", 2) { Services = NodeServices.CompactFilters | NodeServices.Network | NodeServices.NetworkLimited } },
        { "tor=1,net=onion", new("tor", 1) { Networks = AddressNetworks.TorV3 } },
        { "dark=1,net=onion+i2p", new("dark", 1) { Networks = AddressNetworks.TorV3 | AddressNetworks.I2P } },
        { "block-relay=2,relay=off,gossip=off", new("block-relay", 2) { Relay = false, Gossip = false } },
        { "dark=3,transport=v2", new("dark", 3) { MinimumTransport = PeerTransport.V2 } },
        { "any=3,transport=v1", new("any", 3) },
        { "new=0,version=70016,relay=on", new("new", 0) { MinimumVersion = 70016 } },
    };

    public static TheoryData<string, string> BadTexts { get; } = new()
    {
        { "", "NAME=TARGET" },
        { "plain", "NAME=TARGET" },
        { "=4", "NAME=TARGET" },
        { "plain=", "'' is not a number of peers" },
        { "plain=-1", "'-1' is not a number of peers" },
        { "plain=4000000000", "'4000000000' is not a number of peers" },
        { "a b=1", "Name is 'a b'" },
        { "-a=1", "Name is '-a'" },
        { "a=1,", "'' is no requirement" },
        { "a=1,colour=red", "'colour=red' is no requirement" },
        { "a=1,services", "'services' is no requirement" },
        { "a=1,services=", "'' is no service" },
        { "a=1,services=network+filter", "'filter' is no service" },
        { "a=1,services=0x", "'0x' is no service" },
        { "a=1,services=0x12345678901234567", "is no service" },
        { "a=1,net=tor", "'tor' is no network" },
        { "a=1,relay=yes", "relay is 'yes'" },
        { "a=1,gossip=", "gossip is ''" },
        { "a=1,version=new", "version is 'new'" },
        { "a=1,transport=v3", "transport is 'v3'" },
        { "a=1,relay=off,relay=off", "relay is there twice" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void TryParse_Text_IsThatGroup(string text, PeerGroup expected)
    {
        Assert.True(PeerGroup.TryParse(text, out var group, out var error), error);
        Assert.Equal(expected, group);
        Assert.Null(error);
    }

    [Theory]
    [MemberData(nameof(BadTexts))]
    public void TryParse_BadText_NamesTheFaultAndTheRemedy(string text, string expected)
    {
        Assert.False(PeerGroup.TryParse(text, out var group, out var error));
        Assert.Null(group);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains(error, letter => letter == ':' || error.StartsWith("write", StringComparison.Ordinal));
        Assert.DoesNotContain('.', error[^1..]);
    }

    [Fact]
    public void ToString_AnyGroup_IsReadBack() => Any.Sample(
        static group => PeerGroup.TryParse(group.ToString(), out var read, out _) && read == group, iter: 2_000);

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndIsStable() => Gen.String[Gen.Char["a=,+0x1netrelay"], 0, 40].Sample(
        static text => !PeerGroup.TryParse(text, out var group, out var error)
            ? error.Length > 0
            : !PeerGroupRules.GetErrors(group).Any() && PeerGroup.TryParse(group.ToString(), out var again, out _) && again == group,
        iter: 20_000);

    [Fact]
    public void FullNode_IsThatOfBitcoinCore() => Assert.Equal(
        ["full=8", "block-relay=2,relay=off,gossip=off"], PeerGroup.FullNode().Select(static group => group.ToString()), StringComparer.Ordinal);

    [Fact]
    public void LightWallet_TargetAndFilters_AddUp()
    {
        Assert.Equal(["filters=5,services=filters", "plain=7"], PeerGroup.LightWallet().Select(static group => group.ToString()), StringComparer.Ordinal);
        Assert.Equal(["filters=3,services=filters", "plain=0"], PeerGroup.LightWallet(3, 3).Select(static group => group.ToString()), StringComparer.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PeerGroup.LightWallet(4, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => PeerGroup.LightWallet(4, -1));
    }

    [Fact]
    public void OnePerNetwork_TwoNetworks_HasAGroupForEach() => Assert.Equal(
        ["ipv4=1,net=ipv4", "onion=1,net=onion"],
        PeerGroup.OnePerNetwork(AddressNetworks.IPv4 | AddressNetworks.TorV3).Select(static group => group.ToString()),
        StringComparer.Ordinal);

    [Fact]
    public void GetErrors_BadGroup_NamesEachFault() => Assert.Equal(
        ["Name", "Target", "Networks", "MinimumVersion"],
        PeerGroupRules.GetErrors(new PeerGroup(new('x', 33), -1) { Networks = AddressNetworks.None, MinimumVersion = -1 })
            .Select(static error => error[..error.IndexOf(' ', StringComparison.Ordinal)]),
        StringComparer.Ordinal);

    [Fact]
    public void GetErrorsOfGroups_Faults_AreAllNamed()
    {
        PeerGroup?[] groups = [new("a", 1), new("A", 1), null, new("b", int.MaxValue), .. Enumerable.Range(0, 30).Select(static i => new PeerGroup($"g{i}", 0))];
        var errors = PeerGroupRules.GetErrors("Groups", groups).ToList();
        Assert.Collection(
            errors,
            static error => Assert.StartsWith("Groups has 34 groups: use at most 32", error, StringComparison.Ordinal),
            static error => Assert.StartsWith("Groups contains null", error, StringComparison.Ordinal),
            static error => Assert.StartsWith("Groups has 2 groups named 'a'", error, StringComparison.Ordinal),
            static error => Assert.StartsWith("Groups has targets that add up to more than", error, StringComparison.Ordinal));
        Assert.StartsWith("Groups[c].Target is -1", Assert.Single(PeerGroupRules.GetErrors("Groups", [new("c", -1)])), StringComparison.Ordinal);
        Assert.StartsWith("Groups is null", Assert.Single(PeerGroupRules.GetErrors("Groups", null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_Name_LeadsBackToIt()
    {
        foreach (var (relay, gossip) in ((bool, bool)[])[(true, true), (true, false), (false, true), (false, false)])
            Assert.Equal(new PeerProfile(relay, gossip), PeerProfile.FromName(new PeerProfile(relay, gossip).Name));
        Assert.Equal(string.Empty, new PeerGroup("a", 1).Profile.Name);
        Assert.Equal(PeerProfile.Full, PeerProfile.FromName("another"));
    }
}
