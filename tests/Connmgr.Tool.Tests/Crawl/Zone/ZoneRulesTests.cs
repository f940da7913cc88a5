using Connmgr.Bitcoin;
using CsCheck;

namespace Connmgr.Tool.Tests.Crawl.Zone;

public sealed class ZoneRulesTests
{
    private static readonly Gen<CrawledNode> Node = Gen.Select(Gen.Int[0, 60], Gen.Int[0, 3], Gen.Bool, Gen.UInt[0, 0xfff], Gen.Int[899_850, 900_010]).Select(
        static (group, host, isIPv6, services, height) => CrawlGen.Node(
            isIPv6 ? $"[2a01:{group + 16:x}::{host + 1}]:8333" : $"20.{group}.0.{host + 1}:8333", (NodeServices)services, height));

    [Fact]
    public void Select_AnyNodes_ServesOnlyThoseWithTheServicesAndFewEnough()
    {
        var (names, repeated) = (0, 0);
        Gen.Select(Node.Array[0, 200], Gen.Int).Sample(
            (nodes, seed) =>
            {
                nodes = [.. nodes.DistinctBy(static node => node.EndPoint)];
                var zone = ZoneRules.Select(nodes, PrefixNetgrouper.Instance, new Random(seed));
                var least = nodes.Length == 0 ? 0 : nodes.Select(static node => node.Height).Order().ElementAt(nodes.Length / 2) - ZoneRules.MaxBlocksBehind;
                foreach (var entry in zone)
                {
                    var services = string.Equals(entry.Label, ZoneEntry.Apex, StringComparison.Ordinal)
                        ? NodeServices.Network
                        : ZoneRules.Filters.Single(filter => string.Equals(ZoneRules.GetLabel(filter), entry.Label, StringComparison.Ordinal));
                    Assert.InRange(entry.IPv4.Length, 0, ZoneRules.MaxIPv4);
                    Assert.InRange(entry.IPv6.Length, 0, ZoneRules.MaxIPv6);
                    foreach (var (addresses, network, max) in new[] { (entry.IPv4, AddressNetwork.IPv4, ZoneRules.MaxIPv4), (entry.IPv6, AddressNetwork.IPv6, ZoneRules.MaxIPv6) })
                    {
                        Assert.Equal(addresses.Length, addresses.Distinct().Count());
                        var offering = nodes.Where(node => addresses.Contains(node.EndPoint.Address)).ToArray();
                        Assert.All(offering, node => Assert.True(node.Services.HasFlag(services) && node.EndPoint.Address.Network == network));
                        Assert.Equal(addresses.Length, offering.Length);

                        // A group comes twice only when each group is there.
                        var groups = addresses.Select(static address => Netgroup.FromAddress(address)).ToArray();
                        var all = nodes.Where(node => node.Services.HasFlag(services) && node.EndPoint.Address.Network == network && node.Height >= least)
                            .Select(static node => Netgroup.FromAddress(node.EndPoint.Address)).Distinct().Count();
                        var isRepeated = groups.Distinct().Count() < groups.Length;
                        Assert.Equal(Math.Min(all, max), groups.Distinct().Count());
                        if (isRepeated)
                            Interlocked.Increment(ref repeated);
                    }
                }

                Interlocked.Add(ref names, zone.Length);
            },
            iter: Effort.Of(500));
        Assert.True(names > 1000 && repeated > 10, $"{names} names, {repeated} with a group twice");
    }

    [Fact]
    public void Select_OneSeed_GivesOneZoneAndOthersGiveOthers()
    {
        var nodes = Enumerable.Range(0, 300).Select(static number => CrawlGen.Node(number)).ToArray();
        var (first, again, other) = (Apex(1), Apex(1), Apex(2));
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(ZoneRules.MaxIPv4, first.Count);

        IReadOnlyList<NetworkAddress> Apex(int seed) => ZoneRules.Select(nodes, PrefixNetgrouper.Instance, new Random(seed))[0].IPv4;
    }

    [Fact]
    public void Select_EachName_IsThatOfBitcoinSeeder() => Assert.Equal(
        "x1 x5 x9 xd x49 x809 x849 x400 x404 x408 x40c x448 xc08 xc48", string.Join(' ', ZoneRules.Filters.Select(ZoneRules.GetLabel)));

    [Fact]
    public void Select_PrunedNode_IsOnlyServedToThoseWhoAskForLimited()
    {
        var zone = ZoneRules.Select([CrawlGen.Node(1, NodeServices.NetworkLimited | NodeServices.Witness)], PrefixNetgrouper.Instance, new Random(1));
        Assert.Equal("x400 x408", string.Join(' ', zone.Select(static entry => entry.Label)));
    }

    [Theory]
    [InlineData(899_900, true)]
    [InlineData(899_899, false)]
    [InlineData(-1, false)] // It sent none.
    [InlineData(int.MaxValue, true)]
    public void Select_NodeThatIsBehind_IsNotServed(int height, bool isServed)
    {
        var node = CrawlGen.Node(9, height: height);
        var zone = ZoneRules.Select([CrawlGen.Node(1), CrawlGen.Node(2), CrawlGen.Node(3), node], PrefixNetgrouper.Instance, new Random(1));
        Assert.Equal(isServed, zone[0].IPv4.Contains(node.EndPoint.Address));
    }

    /// <summary>The median of a new chain is near 0.</summary>
    [Fact]
    public void Select_NodeWithoutHeightAtANewChain_IsNotServed()
    {
        var zone = ZoneRules.Select([CrawlGen.Node(1, height: 0), CrawlGen.Node(2, height: -1)], PrefixNetgrouper.Instance, new Random(1));
        Assert.Equal([CrawlGen.Node(1).EndPoint.Address], zone[0].IPv4);
    }

    [Fact]
    public void GetSerial_AnyTimes_RisesAlways() => Gen.Int[0, 2_000_000_000].Array[1, 20].Sample(
        static seconds =>
        {
            var last = 0u;
            foreach (var time in seconds)
            {
                var next = ZoneRules.GetSerial(last, DateTimeOffset.FromUnixTimeSeconds(time));
                Assert.True(next > last);
                last = next;
            }
        });
}
