using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Reachability;

/// <summary>Addresses of every kind that the rules tell apart.</summary>
internal static class ReachGen
{
    public static readonly Gen<NetworkAddress> Address = Gen.OneOf(
        Gen.Byte[1, 223].Select(first => GossipGen.Of($"{first}.2.3.4")),
        Gen.Byte.Select(last => GossipGen.Of($"2a01::{last:x}")),
        Gen.Byte.Select(last => GossipGen.Of($"2001:0:1:2:3:4:5:{last:x}")), // Teredo.
        Gen.Byte.Select(last => GossipGen.Of($"2002:102:304::{last:x}")), // 6to4.
        Gen.Byte.Select(last => GossipGen.Of($"64:ff9b::1.2.3.{last}")), // RFC 6052.
        Gen.Byte.Select(last => GossipGen.Of($"fc00::{last:x}").ToCjdns()),
        Gen.Byte.Select(last => GossipGen.Onion(last).Address),
        Gen.Byte.Select(last => GossipGen.Of(AddressNetwork.I2P, [.. new byte[31], last])),
        Gen.Const(GossipGen.Of("127.0.0.1")),
        Gen.Const(GossipGen.Of("10.1.2.3")),
        Gen.Const(GossipGen.Of("fe80::1")),
        Gen.Const(GossipGen.Of("fd00::1")),
        Gen.Const(default(NetworkAddress)),
        Gen.Const(NetworkAddress.FromName("a")));

    public static readonly Gen<NetworkEndPoint> EndPoint = Gen.Select(Address, Gen.UShort[1, 3], static (address, port) => new NetworkEndPoint(address, port));

    public static readonly Gen<ExternalAddressOrigin> Origin = Gen.Enum<ExternalAddressOrigin>();
}
