using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Reachability;

public sealed class ReachabilityRulesTests
{
    /// <summary>The ranks of Bitcoin Core's GetReachabilityFrom, where the peer may learn the address.</summary>
    [Theory]
    [InlineData("1.2.3.4", "5.6.7.8", "IPv4")]
    [InlineData("2a01::1", "5.6.7.8", "Other")]
    [InlineData("2001:0:1:2::1", "5.6.7.8", "Other")]
    [InlineData("1.2.3.4", "2a02::1", "IPv4")]
    [InlineData("2a01::1", "2a02::1", "IPv6")]
    [InlineData("2002:102:304::1", "2a02::1", "IPv6Tunnel")]
    [InlineData("64:ff9b::102:304", "2a02::1", "IPv6Tunnel")]
    [InlineData("2001:0:1:2::1", "2a02::1", "Teredo")]
    [InlineData("2001:0:1:2::1", "2001:0:1:2::2", "Teredo")]
    [InlineData("2a01::1", "2001:0:1:2::2", "IPv6Tunnel")]
    [InlineData("1.2.3.4", "2001:0:1:2::2", "IPv4")]
    [InlineData("10.0.0.1", "5.6.7.8", "None")]
    [InlineData("1.2.3.4", "10.0.0.1", "None")]
    [InlineData("1.2.3.4", "127.0.0.1", "None")]
    public void Rank_ClearNetworks_IsAsInBitcoinCore(string own, string peer, string expected) =>
        Assert.Equal(expected, ReachabilityRules.Rank(GossipGen.Of(own), GossipGen.Of(peer)).ToString());

    [Fact]
    public void Rank_AnyAddresses_NeverJoinsAPrivateNetworkWithAnother()
    {
        var told = new HashSet<(AddressNetwork, AddressNetwork)>();
        Gen.Select(ReachGen.Address, ReachGen.Address, Gen.Bool).Sample(
            (own, peer, isOnion) =>
            {
                if (ReachabilityRules.Rank(own, peer, isOnion) == ReachabilityRank.None)
                    return;
                var network = isOnion ? AddressNetwork.TorV3 : peer.Network;
                Assert.True(own.Network == network || (IsClear(own.Network) && IsClear(network)));
                Assert.True(own.IsRoutable && (isOnion || peer.IsRoutable));
                lock (told)
                    told.Add((own.Network, network));
            },
            iter: 20_000);
        Assert.Equal(7, told.Count); // Of IPv4 and IPv6 each with each; the others with themselves.

        static bool IsClear(AddressNetwork network) => network is AddressNetwork.IPv4 or AddressNetwork.IPv6;
    }

    /// <summary>What a peer says that it sees is told to this peer alone, on its own network, and as often as in Bitcoin Core.</summary>
    [Fact]
    public void Choose_AViewOfThePeer_StaysOnThePeersNetwork()
    {
        var (views, known) = (0, 0);
        Gen.Select(ReachGen.EndPoint, ReachGen.EndPoint, ReachGen.Address, Gen.Bool, Gen.Double[0, 0.999], Gen.Int[0, 9]).Sample(
            (own, seen, peer, isInbound, draw, timesSeen) =>
            {
                var best = ReachabilityRules.Rank(own.Address, peer) == ReachabilityRank.None ? null : new ExternalAddress(own, [ExternalAddressOrigin.User], timesSeen);
                var chosen = ReachabilityRules.Choose(best, seen, peer, isInbound, listenPort: 99, draw);
                Assert.Equal(best?.EndPoint, ReachabilityRules.Choose(best, seen: null, peer, isInbound, listenPort: 99, draw));
                var isUsable = peer.IsRoutable && seen.Address.IsRoutable && seen.Address.Network == peer.Network;
                if (isUsable && (best is null || draw < (timesSeen > 0 ? 0.125 : 0.5)))
                {
                    Assert.Equal(seen with { Port = isInbound ? seen.Port : best?.EndPoint.Port ?? 99 }, chosen);
                    Interlocked.Increment(ref views);
                }
                else
                {
                    Assert.Equal(best?.EndPoint, chosen);
                    if (best is not null)
                        Interlocked.Increment(ref known);
                }
            },
            iter: 20_000);
        Assert.True(views > 100 && known > 100, $"{views} {known}");
    }

    [Fact]
    public void GetScore_EachOrigin_IsThatOfBitcoinCore() => Assert.Equal(
        [1, 2, 3, 4, 4, 4], Enum.GetValues<ExternalAddressOrigin>().Select(ReachabilityRules.GetScore));
}
