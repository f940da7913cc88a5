using CsCheck;

namespace Connmgr.Tests.Addresses;

public sealed class AddressBookPropertyTests
{
    /// <summary>Few addresses and sources and an hour's steps, so that all rules come into play.</summary>
    private static readonly Gen<(int What, int Which, int Source, int Time)[]> Steps =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 199], Gen.Int[0, 30], Gen.Int[0, 400_000]).Array[0, 400];

    [Fact]
    public void Tables_AfterAnySteps_AreConsistentAndSurviveAFile() => Steps.Sample(
        steps =>
        {
            var world = new BookWorld();
            foreach (var (what, which, source, time) in steps)
                Step(world, what, BookWorld.EndPoint($"250.1.{which % 5}.{which}", 8333), NetworkAddress.Parse($"25.{source}.1.1"), time);
            BookWorld.AssertConsistent(world.Book);
            AssertSurvives(world);
        },
        iter: Effort.Of(80));

    [Fact]
    public void Tables_ManyAddressesOfAllNetworks_AreConsistentAndSurviveAFile()
    {
        var world = new BookWorld().Fill(20_000);

        BookWorld.AssertConsistent(world.Book);
        AssertSurvives(world);
        Assert.True(world.Book.Count > 15_000);
    }

    [Fact]
    public async Task Book_UsedByManyThreads_StaysConsistent()
    {
        var world = new BookWorld();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(
            () =>
            {
                var random = new Random(thread);
                for (var i = 0; i < 3000; i++)
                    Step(world, random.Next(10), BookWorld.Any(new Random(random.Next(500))), BookWorld.Any(random).Address, time: 0);
            },
            TestContext.Current.CancellationToken)));

        BookWorld.AssertConsistent(world.Book);
    }

    private static void Step(BookWorld world, int what, NetworkEndPoint endPoint, NetworkAddress source, int time)
    {
        var book = world.Book;
        switch (what)
        {
            case 0:
                world.Clock.Advance(TimeSpan.FromSeconds(time));
                break;
            case 1 or 2:
                book.MarkGood(endPoint);
                break;
            case 3:
                book.RecordAttempt(endPoint);
                break;
            case 4:
                book.ResolveCollisions();
                book.RecordConnected(endPoint);
                break;
            case 5:
                if (book.TrySelect(out var entry))
                    Assert.True(book.TryGet(entry.EndPoint, out _) || time == 0);
                book.TrySelectTriedCollision(out _);
                Assert.NotNull(book.GetAddresses(5, 0));
                break;
            default:
                book.Add(new PeerAddress(endPoint, 1, world.Now - TimeSpan.FromSeconds(time)), source, TimeSpan.FromHours(2));
                break;
        }
    }

    private static void AssertSurvives(BookWorld world)
    {
        var magic = ChainParameters.Regtest.Magic.AsSpan();
        var bytes = PeersFormat.Write(world.Book.Capture(), magic);
        var read = PeersFile.Read("peers.dat", bytes.Span, magic, world.Options);

        BookWorld.AssertConsistent(read);
        AssertSameTable(world.Book.Tables.New, read.Tables.New);
        AssertSameTable(world.Book.Tables.Tried, read.Tables.Tried);

        static void AssertSameTable(BookTable expected, BookTable actual)
        {
            for (var place = 0; place < expected.Places.Length; place++)
            {
                var (one, other) = (expected[place], actual[place]);
                Assert.Equal(one is null, other is null);
                if (one is not null)
                    Assert.Equal(one.ToEntry() with { LastAttempt = null }, other!.ToEntry() with { LastAttempt = null });
            }
        }
    }
}
