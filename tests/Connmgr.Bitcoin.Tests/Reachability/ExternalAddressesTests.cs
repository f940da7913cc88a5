using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Reachability;

public sealed class ExternalAddressesTests
{
    private static readonly Dictionary<AddressNetwork, NetworkEndPoint> Each = new()
    {
        [AddressNetwork.IPv4] = GossipGen.IPv4(1),
        [AddressNetwork.IPv6] = NetworkEndPoint.Parse("[2a01::1]:8333"),
        [AddressNetwork.TorV3] = GossipGen.Onion(1),
        [AddressNetwork.I2P] = new(GossipGen.Of(AddressNetwork.I2P, new byte[32]), 0),
        [AddressNetwork.Cjdns] = new(GossipGen.Of(AddressNetwork.Cjdns, [0xfc, .. new byte[15]]), 8333),
    };

    /// <summary>Tries every set of own addresses and every network of the peer.</summary>
    [Fact]
    public void Find_AnySetOfOwnAddresses_NeverMixesAPrivacyNetworkWithAnother()
    {
        for (var set = 0; set < 1 << Each.Count; set++)
        {
            var owned = Each.Where((_, i) => (set >> i & 1) == 1).ToDictionary();
            var own = new ExternalAddresses();
            foreach (var endPoint in owned.Values)
                own.Add(endPoint, ExternalAddressOrigin.User);
            foreach (var network in Each.Keys)
            {
                var told = own.Find(PeerOn(network))?.EndPoint.Address.Network;
                AddressNetwork? otherClear = network switch
                {
                    AddressNetwork.IPv4 => AddressNetwork.IPv6,
                    AddressNetwork.IPv6 => AddressNetwork.IPv4,
                    _ => null,
                };
                AddressNetwork? expected = owned.ContainsKey(network) ? network
                    : otherClear is { } other && owned.ContainsKey(other) ? other
                    : null;
                Assert.Equal(expected, told);
            }

            Assert.Null(own.Find(GossipGen.Of("127.0.0.1")));
            Assert.Null(own.Find(GossipGen.Of("10.0.0.1")));
            Assert.Null(own.Find(NetworkAddress.FromName("host.example")));
            var toOnion = own.Find(GossipGen.Of("127.0.0.1"), isOnion: true)?.EndPoint;
            Assert.Equal(owned.TryGetValue(AddressNetwork.TorV3, out var onion) ? onion : null, toOnion);
        }
    }

    [Fact]
    public void Find_SeveralOfOneNetwork_IsTheOneWithTheHighestScore()
    {
        var own = new ExternalAddresses();
        var (one, other) = (NetworkEndPoint.Parse("1.2.3.4:1"), NetworkEndPoint.Parse("1.2.3.5:1"));
        own.Add(one, ExternalAddressOrigin.Interface);
        own.Add(other, ExternalAddressOrigin.Listener);
        Assert.Equal(other, Best());
        own.NoteSeen(one.Address);
        Assert.Equal(one, Best()); // The first of equal ones.
        own.Add(other, ExternalAddressOrigin.Interface);
        Assert.Equal(other, Best());
        own.NoteSeen(GossipGen.Of("9.9.9.9"));
        Assert.Equal([2, 3], own.All.Select(static each => each.Score));
        own.Remove(other, ExternalAddressOrigin.Listener);
        Assert.Equal(one, Best());

        NetworkEndPoint? Best() => own.Find(GossipGen.Of("60.1.2.3"))?.EndPoint;
    }

    private enum Change
    {
        Add,
        Remove,
        Set,
        Seen,
    }

    /// <summary>The table has what a plain set of (address, origin) has, and its events tell of each address that comes and goes.</summary>
    [Fact]
    public void AddRemoveSet_AnyOrder_MatchesASetOfPairs()
    {
        var reached = new int[3];
        NetworkEndPoint[] few = [.. Each.Values, NetworkEndPoint.Parse("10.0.0.1:1"), NetworkEndPoint.Parse("1.2.3.4:1"), NetworkEndPoint.Parse("1.2.3.4:2")];
        var one = Gen.Int[0, few.Length - 1].Select(i => few[i]);
        var step = Gen.Select(Gen.Enum<Change>(), one, ReachGen.Origin, one.Array[0, 3]);
        step.Array[0, 60].Sample(
            steps =>
            {
                var (table, model, present) = (new ExternalAddresses(), new HashSet<(NetworkEndPoint, ExternalAddressOrigin)>(), new HashSet<NetworkEndPoint>());
                var isRight = true; // An exception of the handler would be ignored.
                table.Changed += (_, changed) => isRight &= changed.IsAdded ? present.Add(changed.Address.EndPoint) : present.Remove(changed.Address.EndPoint);
                foreach (var (change, endPoint, origin, others) in steps)
                {
                    switch (change)
                    {
                        case Change.Add:
                            Assert.Equal(endPoint.Address.IsRoutable && model.Add((endPoint, origin)), table.Add(endPoint, origin));
                            break;
                        case Change.Remove:
                            Assert.Equal(model.Remove((endPoint, origin)), table.Remove(endPoint, origin));
                            Interlocked.Increment(ref reached[0]);
                            break;
                        case Change.Seen:
                            table.NoteSeen(endPoint.Address);
                            break;
                        default:
                            table.Set(origin, others);
                            model.RemoveWhere(pair => pair.Item2 == origin);
                            model.UnionWith(others.Where(static each => each.Address.IsRoutable).Select(each => (each, origin)));
                            Interlocked.Increment(ref reached[1]);
                            break;
                    }

                    Assert.Equal(model, table.All.SelectMany(static each => each.Origins.Select(origin => (each.EndPoint, origin))).ToHashSet());
                    Assert.True(isRight);
                    Assert.Equal(present, table.All.Select(static each => each.EndPoint).ToHashSet());
                    Assert.All(table.All, static each => Assert.InRange(each.Score, ReachabilityRules.GetScore(each.Origins.Max), int.MaxValue));
                    Assert.All(table.All, each => Assert.True(table.Contains(each.EndPoint)));
                    if (table.All.Any(static each => each.Origins.Count > 1))
                        Interlocked.Increment(ref reached[2]);
                }
            },
            iter: 2_000);
        Assert.All(reached, static count => Assert.InRange(count, 100, int.MaxValue));
    }

    [Fact]
    public void Changed_AHandlerThrows_TheChangeAndTheOthersGoOn()
    {
        var (table, told) = (new ExternalAddresses(), new List<bool>());
        table.Changed += static (_, _) => throw new InvalidOperationException("of the test");
        table.Changed += (_, changed) => told.Add(changed.IsAdded);
        var own = NetworkEndPoint.Parse("1.2.3.4:1");

        Assert.True(table.Add(own, ExternalAddressOrigin.User));
        Assert.True(table.Remove(own, ExternalAddressOrigin.User));

        Assert.Equal([true, false], told);
    }

    private static NetworkAddress PeerOn(AddressNetwork network) => network switch
    {
        AddressNetwork.IPv4 => GossipGen.Of("60.1.2.3"),
        AddressNetwork.IPv6 => GossipGen.Of("2a02::5"),
        AddressNetwork.TorV3 => GossipGen.Onion(99).Address,
        AddressNetwork.Cjdns => GossipGen.Of(network, [0xfc, 1, .. new byte[14]]),
        _ => GossipGen.Of(network, [.. new byte[31], 1]),
    };
}
