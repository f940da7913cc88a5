namespace Connmgr.Tests.Addresses;

/// <summary>Places are those of Bitcoin Core, bit for bit: its own vectors, and some of an independent model.</summary>
public sealed class PlacementTests
{
    private static readonly Placement Hashed = new(BookWorld.HashTwice([1, 0, 0, 0]));
    private static readonly Netgroup As1000 = Netgroup.FromAutonomousSystem(1000);

    [Fact]
    public void Buckets_BitcoinCoresVectors_AreTheSame_T37()
    {
        var (first, second) = (BookWorld.EndPoint("250.1.1.1", 8333), BookWorld.EndPoint("250.1.2.1", 8333));

        Assert.Equal(40, Hashed.GetTriedBucket(first, Netgroup.FromAddress(first.Address)));
        Assert.Equal(786, Hashed.GetNewBucket(Netgroup.FromAddress(second.Address), Netgroup.FromAddress(second.Address)));
        Assert.Equal(236, Hashed.GetTriedBucket(first, As1000));
        Assert.Equal(795, Hashed.GetNewBucket(As1000, As1000));
    }

    [Fact]
    public void Buckets_OfOneGroup_AreFew_T37()
    {
        var group = Enumerable.Range(0, 255).Select(i => BookWorld.EndPoint($"250.1.1.{i}")).ToArray();
        var groups = Enumerable.Range(0, 255).Select(i => BookWorld.EndPoint($"250.{i}.1.1")).ToArray();

        Assert.Equal(8, group.Select(Tried).Distinct().Count());
        Assert.Single(group.Select(endPoint => Hashed.GetNewBucket(Netgroup.FromAddress(endPoint.Address), Netgroup.FromAddress(endPoint.Address))).Distinct());
        Assert.Equal(160, groups.Select(Tried).Distinct().Count());
        static int Tried(NetworkEndPoint endPoint) => Hashed.GetTriedBucket(endPoint, Netgroup.FromAddress(endPoint.Address));
    }

    [Fact]
    public void NewBuckets_OfOneSourceGroup_AreAtMost64_T37()
    {
        var source = Netgroup.FromAddress(BookWorld.Source);
        var groups = Enumerable.Range(0, 4 * 255)
            .Select(i => Netgroup.FromAddress(NetworkAddress.Parse($"{(i / 255) + 101}.{i % 255}.1.1")))
            .ToArray();

        Assert.InRange(groups.Select(group => Hashed.GetNewBucket(group, source)).Distinct().Count(), 33, 64);
        Assert.True(groups.Select(other => Hashed.GetNewBucket(source, other)).Distinct().Count() > 64);
    }

    [Theory]
    [InlineData("250.1.1.1", "252.2.2.2", 983, 23, 228, 30)]
    [InlineData("1.2.3.4", "5.6.7.8", 361, 58, 6, 33)]
    [InlineData("2001:470:abcd::1", "5.6.7.8", 652, 18, 85, 2)]
    public void Places_OfIndependentModel_AreTheSame_T38(
        string address, string source, int newBucket, int newPosition, int triedBucket, int triedPosition)
    {
        var placement = new Placement(BookWorld.KeyOne);
        var endPoint = BookWorld.EndPoint(address, 8333);
        var group = Netgroup.FromAddress(endPoint.Address);

        Assert.Equal((newBucket * 64) + newPosition, placement.GetNewPlace(endPoint, group, Netgroup.FromAddress(NetworkAddress.Parse(source))));
        Assert.Equal((triedBucket * 64) + triedPosition, placement.GetTriedPlace(endPoint, group));
    }
}
