namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class KnownAddressesTests
{
    [Fact]
    public void Contains_TheLastAdded_OfAnyNumber()
    {
        var known = new KnownAddresses();
        Assert.False(known.Contains(GossipGen.IPv4(0)));
        for (var i = 0; i < 10_000; i++)
        {
            known.Add(GossipGen.IPv4(i));
            Assert.True(known.Contains(GossipGen.IPv4(i)));
        }

        // Each place holds one; what was never added is found by a coincidence of 32 bits alone.
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => known.Contains(GossipGen.IPv4(i))), 1_000, KnownAddresses.Capacity + 5);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => known.Contains(GossipGen.Onion(i))), 0, 5);
    }

    [Fact]
    public void Contains_AFewAdded_FindsAlmostAll()
    {
        var known = new KnownAddresses();
        for (var i = 0; i < 100; i++)
            known.Add(GossipGen.IPv4(i));
        Assert.InRange(Enumerable.Range(0, 100).Count(i => known.Contains(GossipGen.IPv4(i))), 85, 100);
    }
}
