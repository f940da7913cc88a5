using System.Buffers.Binary;
using Connmgr.Tests.Addresses;
using CsCheck;

namespace Connmgr.Tests.Banning;

public class DiscouragedHostsTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Contains_HostThatWasAdded_NeighboursAreNot_T55()
    {
        var set = new DiscouragedHosts(secret: Secret);
        Assert.False(set.Contains(Address("1.2.3.4")));

        set.Add(Address("1.2.3.4"));
        set.Add(Address("2600:1:2:3::1"));
        set.Add(AddressGen.Of(AddressNetwork.TorV3, Secret));

        Assert.True(set.Contains(Address("1.2.3.4")));
        Assert.False(set.Contains(Address("1.2.3.5")));
        Assert.True(set.Contains(Address("2600:1:2:3::2")));
        Assert.False(set.Contains(Address("2600:1:2:4::1")));
        Assert.True(set.Contains(AddressGen.Of(AddressNetwork.TorV3, Secret)));
        Assert.False(set.Contains(AddressGen.Of(AddressNetwork.I2P, Secret)));
    }

    [Fact]
    public void Contains_AfterManyMore_KnowsTheLastOnesAndForgetsTheFirst()
    {
        var set = new DiscouragedHosts(1000, 0.000_001, Secret);
        for (var i = 0; i < 5000; i++)
        {
            set.Add(Address(i));
            if (i % 97 != 0)
                continue;
            for (var back = 0; back < Math.Min(i, 1000); back += 7)
                Assert.True(set.Contains(Address(i - back)), $"{i - back} of {i} is forgotten");
            for (var old = 0; old <= i - 1500; old += 7)
                Assert.False(set.Contains(Address(old)), $"{old} of {i} is known still");
        }
    }

    [Fact]
    public void Add_OneHostOverAndOver_PushesNobodyOut()
    {
        var set = new DiscouragedHosts(100, 0.000_001, Secret);
        set.Add(Address(1));
        for (var i = 0; i < 10_000; i++)
            set.Add(Address(2));

        Assert.True(set.Contains(Address(1)));
    }

    [Fact]
    public void Add_OneHostAgainAfterAGeneration_KeepsItKnown() => Gen.Int[2, 400].Sample(
        every =>
        {
            var filter = new RollingBloomFilter(200, 0.000_001, Secret);
            for (var i = 0; i < 3000; i++)
            {
                if (i % every == 0)
                    filter.Add("the one"u8);
                filter.Add(Key(i));
                if (i % every < 200 - 1)
                    Assert.True(filter.Contains("the one"u8));
            }
        },
        iter: 100);

    /// <summary>Of things never added, no more are taken for known than was promised, however the filter is filled.</summary>
    [Theory]
    [InlineData(1000, 0.01)]
    [InlineData(501, 0.001)]
    [InlineData(2000, 0.0001)]
    public void Contains_OthersWhenFull_AreTakenForKnownNoMoreOftenThanPromised(int capacity, double rate)
    {
        const int Probes = 200_000;
        var filter = new RollingBloomFilter(capacity, rate, Secret);
        for (var i = 0; i < capacity * 3 / 2; i++)
            filter.Add(Key(i));
        var wrong = Enumerable.Range(0, Probes).Count(i => filter.Contains(Key(-1 - i)));

        // Three standard deviations of what the rate would give.
        var expected = Probes * rate;
        Assert.InRange(wrong, 0, expected + (3 * Math.Sqrt(expected)));
        Assert.True(wrong > expected / 4, $"{wrong} of {Probes}: memory is wasted");
    }

    [Fact]
    public void Contains_DefaultsWhenFull_OneInAMillion()
    {
        const int Probes = 1_000_000;
        var filter = new RollingBloomFilter(DiscouragedHosts.DefaultCapacity, DiscouragedHosts.DefaultFalsePositiveRate, Secret);
        for (var i = 0; i < 75_000; i++)
            filter.Add(Key(i));

        Assert.InRange(Enumerable.Range(0, Probes).Count(i => filter.Contains(Key(-1 - i))), 0, 6);
        Assert.InRange(filter.Length, 500_000, 560_000);
    }

    [Fact]
    public void Contains_AnotherSecret_TakesOthersForKnown()
    {
        var sets = new List<List<int>>();
        foreach (var secret in (byte[][])[Secret, [.. Secret.AsEnumerable().Reverse()]])
        {
            var filter = new RollingBloomFilter(100, 0.1, secret);
            for (var i = 0; i < 150; i++)
                filter.Add(Key(i));
            sets.Add([.. Enumerable.Range(1000, 2000).Where(i => filter.Contains(Key(i)))]);
        }

        Assert.NotEqual(sets[0], sets[1]);
        Assert.True(sets[0].Intersect(sets[1]).Count() < sets[0].Count / 2);
    }

    [Fact]
    public void AddAndContains_OnceInUse_AllocateNothing()
    {
        var set = new DiscouragedHosts(secret: Secret);
        var (known, other) = (Address("1.2.3.4"), Address("2600::1"));
        set.Add(known);

        Assert.Equal(0, Allocations.Least(() =>
        {
            set.Add(known);
            set.Contains(known);
            set.Contains(other);
        }));
    }

    [Fact]
    public void Constructor_ArgumentsOutOfRange_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscouragedHosts(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscouragedHosts(10_000_001));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscouragedHosts(falsePositiveRate: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscouragedHosts(falsePositiveRate: double.NaN));
        Assert.Throws<ArgumentException>(() => new DiscouragedHosts(secret: new byte[31]));
    }

    private static NetworkAddress Address(string text) => NetworkAddress.Parse(text);

    private static NetworkAddress Address(int number) => NetworkAddress.FromIPAddress(AddressGen.ToIP(0x2000_0000 + (uint)number));

    private static byte[] Key(int number)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, number);
        return key;
    }
}
