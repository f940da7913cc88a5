namespace Connmgr.Tests.Addresses;

public class AddressAllocationTests
{
    private static readonly string[] Texts =
    [
        "250.1.2.3:8333", "[2001:470:abcd::1]:8333", "[fc00::1]:8333",
        "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333",
        "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", "no address",
    ];

    [Fact]
    public void ParsePrintGroupLookUp_AllNetworks_AllocateNothing()
    {
        var map = AsMap.Parse(AsMapTests.CoresTestMap);

        Assert.Equal(0, Allocations.Least(() => Use(map)));
    }

    private static void Use(AsMap map)
    {
        Span<byte> bytes = stackalloc byte[64];
        Span<char> chars = stackalloc char[64];
        foreach (var text in Texts)
        {
            for (var round = 0; round < 100; round++)
            {
                _ = NetworkEndPoint.TryParse(text, 0, out var endPoint);
                var address = endPoint.Address.ToCjdns();
                address.TryFormat(chars, out _, default, null);
                NetworkAddress.ReadBip155(address.Bip155Id, bytes[..address.WriteBip155(bytes)], out _);
                endPoint.WriteKey(bytes);
                Netgroup.FromAddress(address).WriteBytes(bytes);
                ((INetgrouper)map).GetGroup(address).WriteBytes(bytes);
                ((INetgrouper)PrefixNetgrouper.Instance).GetGroup(address).GetHashCode();
                endPoint.GetHashCode();
            }
        }
    }
}
