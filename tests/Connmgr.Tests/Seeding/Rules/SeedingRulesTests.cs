using Connmgr.Rules;

namespace Connmgr.Tests.Seeding.Rules;

public class SeedingRulesTests
{
    private const AddressNetworks V4 = AddressNetworks.IPv4;
    private const AddressNetworks V6 = AddressNetworks.IPv6;

    [Fact]
    public void Decide_EmptyBookAndDnsSeedsAlone_AsksAllAtOnce()
    {
        var step = Rules(dns: 7).Decide(View(0));

        Assert.Equal(7, step.Dns.Length);
        Assert.Equal(Enumerable.Range(0, 7), step.Dns.Order());
        Assert.Null(step.LookAgainAt); // Their ends are what is waited for.
    }

    [Theory]
    [InlineData(1, 11)]
    [InlineData(999, 11)]
    [InlineData(1000, 300)]
    [InlineData(60_000, 300)]
    public void Decide_BookWithAddresses_WaitsThenAsksThreeAtATime_T62(int addresses, int pause)
    {
        var rules = Rules(dns: 7);

        AssertWaits(rules, View(0, addresses), until: pause);
        var first = rules.Decide(View(pause, addresses));
        foreach (var index in first.Dns)
            rules.DnsEnded(index, gave: true, Seconds(pause + 1));
        AssertWaits(rules, View(pause + 1, addresses), until: pause + 1 + pause);
        var second = rules.Decide(View(pause + 1 + pause, addresses));

        Assert.Equal(3, first.Dns.Length);
        Assert.Equal(3, second.Dns.Length);
        Assert.Empty(first.Dns.Intersect(second.Dns));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(0, true)]
    public void Decide_WithOutboundPeers_StopsForGoodAtTwo_T62(int outbound, bool asks)
    {
        var rules = Rules(dns: 3);

        var step = rules.Decide(View(11, 500, outbound));
        var later = rules.Decide(View(5000));

        Assert.Equal(asks, !step.Dns.IsEmpty);
        Assert.Equal(!asks, step.IsDone);
        Assert.True(asks || (later.DoesNothing && later.IsDone), "It is for good.");
    }

    [Fact]
    public void Decide_ABatchUnderWay_WaitsForItsEnd()
    {
        var rules = Rules(dns: 7);
        var batch = rules.Decide(View(11, 500)).Dns;
        rules.DnsEnded(batch[0], gave: true, Seconds(12));

        var step = rules.Decide(View(200, 500));

        Assert.True(step.DoesNothing);
        Assert.Null(step.LookAgainAt);
    }

    [Fact]
    public void Decide_EmptyBookAndSeedNodes_AsksOneAtOnceAndDnsAfter30Seconds_T63()
    {
        var rules = Rules(dns: 2, nodes: 5);

        var first = rules.Decide(View(0));
        AssertWaits(rules, View(0), until: 10);
        var second = rules.Decide(View(10));
        var third = rules.Decide(View(20));
        var fourth = rules.Decide(View(30));

        Assert.Empty(first.Dns);
        Assert.Equal(4, new[] { first.Node, second.Node, third.Node, fourth.Node }.OfType<int>().Distinct().Count());
        Assert.Empty(third.Dns);
        Assert.Equal(2, fourth.Dns.Length);
    }

    [Fact]
    public void Decide_BookWithAddressesAndSeedNodes_AsksOneEvery10Seconds_T63()
    {
        var rules = Rules(dns: 1, nodes: 2);

        AssertWaits(rules, View(0, 10), until: 10);
        Assert.NotNull(rules.Decide(View(10, 10)).Node);
        AssertWaits(rules, View(10, 10), until: 20);
        Assert.NotNull(rules.Decide(View(20, 10)).Node);
        AssertWaits(rules, View(20, 10), until: 30 + 11);
    }

    [Fact]
    public void Decide_NoSeedNodes_DoesNotWaitForThem_T63() => Assert.NotEmpty(Rules(dns: 1).Decide(View(0)).Dns);

    [Fact]
    public void Decide_EverySeedNodeFailedAndBookEmpty_DoesNotWaitOutTheHeadStart()
    {
        var rules = Rules(dns: 2, nodes: 1);
        var node = rules.Decide(View(0)).Node!.Value;

        Assert.Empty(rules.Decide(View(1)).Dns);
        rules.NodeEnded(node, gave: false, Seconds(2));

        Assert.Equal(2, rules.Decide(View(2)).Dns.Length);
    }

    [Fact]
    public void Decide_SeedNodeGaveAddresses_WaitsOutTheHeadStart()
    {
        var rules = Rules(dns: 2, nodes: 1);
        rules.NodeEnded(rules.Decide(View(0)).Node!.Value, gave: true, Seconds(1));

        AssertWaits(rules, View(1, 1000), until: 30 + 300);
    }

    [Theory]
    [InlineData(1, 0, 60)]
    [InlineData(0, 1, 60)]
    [InlineData(0, 0, 0)]
    public void Decide_EmptyNetworks_TakesTheirFixedSeedsAfter60SecondsOrAtOnce(int dns, int nodes, int at)
    {
        var rules = Rules(dns, nodes, V4 | V6);

        if (at > 0)
            Assert.Equal(AddressNetworks.None, rules.Decide(View(at - 1, 5, empty: V6)).Fixed);
        var step = rules.Decide(View(at, 5, empty: V6 | AddressNetworks.TorV3));
        var again = rules.Decide(View(at + 1, 5, empty: V6));
        var other = rules.Decide(View(at + 2, 5, empty: V4 | V6));

        Assert.Equal(V6, step.Fixed);
        Assert.Equal(AddressNetworks.None, again.Fixed);
        Assert.Equal(V4, other.Fixed);
    }

    [Fact]
    public void Decide_EnoughPeersBefore60Seconds_LooksForEmptyNetworksOnceMore()
    {
        var rules = Rules(dns: 1, fixedNetworks: V6);

        var early = rules.Decide(View(5, 100, outbound: 2, empty: V6));
        var last = rules.Decide(View(60, 100, outbound: 2, empty: V6));

        Assert.False(early.IsDone);
        Assert.Equal(Seconds(60), early.LookAgainAt);
        Assert.Equal(V6, last.Fixed);
        Assert.True(last.IsDone);
    }

    [Fact]
    public void Decide_ASeedThatGaveNothing_IsAskedAgainWithGrowingPausesWhileThereIsNobody()
    {
        var rules = Rules(dns: 1);
        var (now, pauses) = (TimeSpan.Zero, new List<TimeSpan>());
        for (var round = 1; round <= 40; round++)
        {
            Assert.Equal(0, Assert.Single(rules.Decide(new(now, 0, V4, 0)).Dns));
            rules.DnsEnded(0, gave: false, now);
            var next = rules.Decide(new(now, 0, V4, 0)).LookAgainAt!.Value;
            var longest = TimeSpan.FromMinutes(Math.Min(round, 15));
            Assert.InRange(next - now, longest / 2, longest);
            pauses.Add(next - now);
            now = next;
        }

        Assert.True(pauses[^1] > pauses[0] * 3);
        Assert.True(pauses.Distinct().Count() > 30, "There is jitter.");
    }

    [Fact]
    public void Decide_ASeedThatGaveAddresses_IsAskedAgainAfter15MinutesWhileThereIsNobody()
    {
        var rules = Rules(dns: 1);
        rules.Decide(View(0));
        rules.DnsEnded(0, gave: true, TimeSpan.Zero);

        Assert.InRange(rules.Decide(View(1, 20)).LookAgainAt!.Value, TimeSpan.FromMinutes(7.5), TimeSpan.FromMinutes(15));
        Assert.True(rules.Decide(View(15 * 60, 20, outbound: 1)).DoesNothing, "With one peer there is somebody.");
        Assert.Single(rules.Decide(View(15 * 60, 20)).Dns);
    }

    [Fact]
    public void NetworkChanged_AfterFailures_MakesThemDueButNotAtOnceAgainAndAgain()
    {
        var rules = Rules(dns: 1);
        rules.Decide(View(0));
        rules.DnsEnded(0, gave: false, Seconds(1));

        rules.NetworkChanged();

        AssertWaits(rules, View(2), until: 11);
        Assert.Single(rules.Decide(View(11)).Dns);
    }

    [Fact]
    public void Decide_NothingToAsk_IsDone()
    {
        var step = Rules(dns: 0).Decide(View(0));

        Assert.True(step.IsDone);
        Assert.True(step.DoesNothing);
    }

    private static void AssertWaits(SeedingRules rules, SeedingView view, int until)
    {
        var step = rules.Decide(view);
        Assert.True(step.DoesNothing);
        Assert.Equal(Seconds(until), step.LookAgainAt);
        Assert.True(rules.Decide(view with { Now = Seconds(until) - TimeSpan.FromTicks(1) }).DoesNothing, "Not a moment earlier.");
    }

    private static SeedingRules Rules(int dns, int nodes = 0, AddressNetworks fixedNetworks = AddressNetworks.None) =>
        new(new SeedingPlan(new SeedingTimetable(), dns, nodes, fixedNetworks), new Random(1));

    private static SeedingView View(int seconds, int addresses = 0, int outbound = 0, AddressNetworks empty = AddressNetworks.None) =>
        new(Seconds(seconds), addresses, empty, outbound);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
