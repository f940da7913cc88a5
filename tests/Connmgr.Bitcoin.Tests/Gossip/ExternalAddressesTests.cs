namespace Connmgr.Bitcoin.Tests.Gossip;

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
    public void For_AnySetOfOwnAddresses_NeverMixesAPrivacyNetworkWithAnother()
    {
        for (var set = 0; set < 1 << Each.Count; set++)
        {
            var owned = Each.Where((_, i) => (set >> i & 1) == 1).ToDictionary();
            var own = new ExternalAddresses(owned.Values);
            foreach (var network in Each.Keys)
            {
                var told = own.For(PeerOn(network))?.Address.Network;
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

            Assert.Null(own.For(GossipGen.Of("127.0.0.1")));
            Assert.Null(own.For(GossipGen.Of("10.0.0.1")));
            Assert.Null(own.For(NetworkAddress.FromName("host.example")));
        }
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
