namespace Connmgr.Tests.Addresses;

public sealed class AddressBookSelectTests
{
    private readonly BookWorld _world = new();

    private AddressBook Book => _world.Book;

    [Fact]
    public void TrySelect_Empty_GivesNone()
    {
        Assert.False(Book.TrySelect(out _));
        Assert.False(Book.TrySelect(out _, tables: AddressTables.New));
    }

    [Fact]
    public void TrySelect_OneNetworkAmongMany_GivesThatAlone_T43b()
    {
        var i2p = BookWorld.EndPoint("udhdrtrcetjm5sxzskjyr5ztpeszydbh4dpl3pl4utgqqw2v4jna.b32.i2p");
        var ipv4 = BookWorld.EndPoint("250.1.1.1", 8333);
        _world.AddFresh(i2p);
        Book.MarkGood(i2p);
        _world.AddFresh(ipv4);

        for (var i = 0; i < 100; i++)
        {
            Assert.True(Book.TrySelect(out var entry, AddressNetworks.IPv4));
            Assert.Equal(ipv4, entry.EndPoint);
        }

        Assert.False(Book.TrySelect(out _, AddressNetworks.IPv6 | AddressNetworks.TorV3 | AddressNetworks.Cjdns));
        Assert.False(Book.TrySelect(out _, AddressNetworks.I2P, AddressTables.New));
        Assert.False(Book.TrySelect(out _, AddressNetworks.None));
    }

    [Fact]
    public void TrySelect_BothTables_AreTakenAlike_T43b()
    {
        _world.Fill(300);
        var tried = Enumerable.Range(0, 2000).Count(_ => Book.TrySelect(out var entry) && entry.IsTried);

        Assert.InRange(tried, 800, 1200);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(Book.TrySelect(out var entry, tables: AddressTables.New) && !entry.IsTried));
    }

    [Fact]
    public void TrySelect_FailedAndRecentlyTried_AreTakenLess()
    {
        var (failed, recent, fresh) = (BookWorld.EndPoint("250.1.1.1"), BookWorld.EndPoint("23.1.1.1"), BookWorld.EndPoint("24.1.1.1"));
        foreach (var endPoint in (NetworkEndPoint[])[failed, recent, fresh])
            _world.AddFresh(endPoint);
        for (var i = 0; i < 2; i++)
        {
            Book.RecordAttempt(failed);
            _world.Clock.Advance(TimeSpan.FromMinutes(11));
            Book.MarkGood(BookWorld.EndPoint("9.9.9.9"));
            _world.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Book.RecordAttempt(recent, countFailure: false);
        var counts = Enumerable.Range(0, 20_000).Select(_ => Select()).CountBy(endPoint => endPoint).ToDictionary();

        // The first round takes them as 1 : 0.66 squared : 0.01; those that begin anew are a little more patient.
        Assert.InRange(counts[failed] / (double)counts[fresh], 0.44, 0.60);
        Assert.InRange(counts[recent] / (double)counts[fresh], 0.005, 0.03);
        NetworkEndPoint Select() => Book.TrySelect(out var entry) ? entry.EndPoint : default;
    }

    [Theory]
    [InlineData(AddressNetworks.All)]
    [InlineData(AddressNetworks.I2P)]
    [InlineData(AddressNetworks.IPv4 | AddressNetworks.TorV3)]
    public void Pick_ManyTimes_GivesEachBucketAndInItEachEntryAsOften(AddressNetworks networks)
    {
        var random = new Random(3);
        var table = new BookTable(64);
        var entries = new Dictionary<BookEntry, double>();
        for (var i = 0; i < 60; i++)
        {
            var entry = new BookEntry(BookWorld.Any(random), default, source: null);

            // Most in few buckets.
            var place = ((random.Next(3) == 0 ? random.Next(64) : 5) * 64) + random.Next(64);
            if (table[place] is null)
                table.Put(place, entry);
        }

        for (var bucket = 0; bucket < 64; bucket++)
        {
            var wanted = Enumerable.Range(0, 64).Select(position => table[(bucket * 64) + position])
                .Where(entry => entry is not null && networks.Has(entry.Network)).ToArray();
            foreach (var entry in wanted)
                entries[entry!] = 1.0 / wanted.Length;
        }

        const int picks = 100_000;
        var total = entries.Values.Sum();
        var counts = Enumerable.Range(0, picks).Select(_ => table.Pick(networks, services: 0, random)!).CountBy(entry => entry).ToDictionary();

        Assert.Equal(entries.Count, counts.Count);
        Assert.All(entries, pair =>
        {
            var expected = picks * pair.Value / total;
            Assert.InRange(counts[pair.Key], expected - (6 * Math.Sqrt(expected)), expected + (6 * Math.Sqrt(expected)));
        });
    }

    [Fact]
    public void TrySelect_FullOrAlmostEmpty_AllocatesNothing()
    {
        // The clock of tests allocates.
        var full = FileWorld.Read(FileWorld.Write(_world.Fill(20_000).Book));
        var almostEmpty = new AddressBook();
        almostEmpty.Add(new PeerAddress(BookWorld.EndPoint("250.1.1.1", 8333), 0, _world.Now), BookWorld.Source);

        Assert.Equal(0, Allocations.Least(() => Use(full)));
        Assert.Equal(0, Allocations.Least(() => Use(almostEmpty)));

        static void Use(AddressBook book)
        {
            for (var i = 0; i < 200; i++)
            {
                book.TrySelect(out var entry, (AddressNetworks)(i % 32), services: i % 2 == 0 ? 0UL : BookWorld.Services);
                book.RecordAttempt(entry.EndPoint);
                book.ResolveCollisions();
                book.TrySelectTriedCollision(out _);
            }
        }
    }
}
