using System.Net;
using CsCheck;

namespace Connmgr.Tests.Addresses;

public sealed class BookEntrySetTests
{
    /// <summary>Few addresses and ports, so that operations meet and neighbours in the table move.</summary>
    private static readonly Gen<NetworkEndPoint> EndPoints = Gen.Select(
        Gen.Int[0, 5], Gen.UShort[1, 60], static (host, port) => new NetworkEndPoint(NetworkAddress.FromIPAddress(new IPAddress([9, 1, 1, (byte)host])), port));

    [Fact]
    public void AddFindRemove_AnySequence_IsAsADictionary()
    {
        var (removed, refused, grown) = (0, 0, 0);
        Gen.Select(Gen.Int[0, 9], EndPoints).List[0, 600].Sample(
            steps =>
            {
                var set = new BookEntrySet();
                var model = new Dictionary<NetworkEndPoint, BookEntry>();
                foreach (var (kind, endPoint) in steps)
                {
                    if (kind < 6)
                    {
                        var entry = new BookEntry(endPoint, default, source: null);
                        Assert.Equal(model.TryAdd(endPoint, entry), set.TryAdd(entry));
                        refused += model[endPoint] == entry ? 0 : 1;
                    }
                    else if (model.Remove(endPoint, out var known))
                    {
                        set.Remove(known);
                        removed++;
                    }

                    Assert.Equal(model.Count, set.Count);
                }

                grown += model.Count > 48 ? 1 : 0;
                for (var host = 0; host <= 5; host++)
                {
                    for (ushort port = 1; port <= 60; port++)
                    {
                        var endPoint = new NetworkEndPoint(NetworkAddress.FromIPAddress(new IPAddress([9, 1, 1, (byte)host])), port);
                        Assert.Same(model.GetValueOrDefault(endPoint), set.Find(endPoint));
                    }
                }
            },
            iter: 300,
            threads: 1);
        Assert.True(removed > 1000 && refused > 1000 && grown > 20, $"{removed} removed, {refused} refused, {grown} sets that grew");
    }

    /// <summary>Every entry keeps its address, whatever its network.</summary>
    [Fact]
    public void Entry_OfAnyAddress_KeepsIt() => Gen.Int.Sample(static seed =>
    {
        var random = new Random(seed);
        var endPoint = BookWorld.Any(random);
        var source = new BookSource(BookWorld.Any(random).Address, Netgroup.FromAutonomousSystem(7));
        var entry = new BookEntry(endPoint, Netgroup.FromAddress(endPoint.Address), source);
        Assert.Equal(endPoint, entry.EndPoint);
        Assert.Equal((source.Address, source.Group), (entry.Source, entry.SourceGroup));
        var own = new BookEntry(endPoint, Netgroup.FromAddress(endPoint.Address), source: null);
        Assert.Equal((endPoint.Address, own.Group), (own.Source, own.SourceGroup));
    });

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(5_000_000_000, uint.MaxValue)]
    public void Times_OutsideTheirRange_BecomeTheNearest(long given, long kept)
    {
        var entry = new BookEntry(default, default, source: null) { Seen = given, LastAttempt = given, LastCountedAttempt = given, LastSuccess = given };
        Assert.Equal([kept, kept, kept, kept], [entry.Seen, entry.LastAttempt, entry.LastCountedAttempt, entry.LastSuccess]);
    }

    [Fact]
    public void Add_AnotherTakesTheLastPlaceOfAnEntry_ItsSourceIsForgotten()
    {
        var world = new BookWorld();
        var (first, second) = (NetworkAddress.Parse("25.1.1.1"), NetworkAddress.Parse("25.1.2.2")); // Of one group, so that places are the same.
        var old = BookWorld.EndPoint("250.1.1.1", 8333);
        world.Book.Add(new PeerAddress(old, 1, world.Now - TimeSpan.FromDays(40)), first);
        var place = world.Book.Tables.Find(old)!.NewPlaces[0];
        var taker = Enumerable.Range(1, 65_535).Select(port => BookWorld.EndPoint("250.1.1.2", (ushort)port))
            .First(endPoint => world.Book.Tables.Placement.GetNewPlace(endPoint, Netgroup.FromAddress(endPoint.Address), Netgroup.FromAddress(second)) == place);
        Assert.Equal(1, world.Book.Tables.SourceCount);

        Assert.True(world.AddFresh(taker, second));

        Assert.Null(world.Book.Tables.Find(old));
        BookWorld.AssertConsistent(world.Book);
        Assert.Equal(1, world.Book.Tables.SourceCount);
    }
}
