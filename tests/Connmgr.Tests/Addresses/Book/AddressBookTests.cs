namespace Connmgr.Tests.Addresses;

public sealed class AddressBookTests
{
    private readonly BookWorld _world = new();

    private AddressBook Book => _world.Book;

    [Fact]
    public void Add_ManyOfOneGroup_CollideFirstAtThe23rd_T39()
    {
        for (var i = 1; i <= 22; i++)
        {
            Assert.True(_world.Add($"250.1.1.{i}"));
            Assert.Equal(i, Book.Count);
        }

        // Nobody has seen the 22nd for years: it gives way.
        Assert.True(_world.Add("250.1.1.23"));
        Assert.Equal(22, Book.Count);
        Assert.False(Book.TryGet(BookWorld.EndPoint("250.1.1.22"), out _));
        BookWorld.AssertConsistent(Book);
    }

    [Fact]
    public void Good_ManyOfOneGroup_CollideFirstAtThe36th_T39()
    {
        for (var i = 1; i <= 59; i++)
        {
            var endPoint = BookWorld.EndPoint($"250.1.1.{i}");
            Assert.True(_world.Add($"250.1.1.{i}"));
            Assert.Equal(i is not (36 or 59), Book.MarkGood(endPoint));
        }

        Assert.Equal(57, Book.GetCount(tables: AddressTables.Tried));
        var tested = Enumerable.Range(0, 100).Select(_ => Collision()).ToHashSet(StringComparer.Ordinal);
        Assert.True(tested.SetEquals(["250.1.1.10", "250.1.1.19"]), string.Join(' ', tested));
        string Collision() => Book.TrySelectTriedCollision(out var entry) ? entry.EndPoint.Address.ToString() : "none";
    }

    [Fact]
    public void Add_NotRoutable_IsRefused()
    {
        string[] addresses = ["127.0.0.1", "10.0.0.1", "0.0.0.0", "255.255.255.255", "fe80::1", "2001:db8::1", "fd6b:88c0:8724:1::"];

        Assert.All(addresses, address => Assert.False(_world.AddFresh(new NetworkEndPoint(
            NetworkAddress.FromIPAddress(System.Net.IPAddress.Parse(address)), 8333))));
        Assert.Equal(0, Book.Count);
    }

    [Fact]
    public void Add_OneAddressFromManySources_GetsAnotherPlaceOnlyForNews_T42()
    {
        var endPoint = BookWorld.EndPoint("253.3.3.3", 8333);
        for (var i = 1; i < 20; i++)
            _world.AddFresh(endPoint, NetworkAddress.Parse($"25.{i}.1.1"));
        Assert.Equal(1, Entry(endPoint).References);

        for (var i = 1; i < 400; i++)
        {
            var address = new PeerAddress(endPoint, 0, _world.Now + TimeSpan.FromSeconds(i));
            Book.Add(address, NetworkAddress.Parse($"{i % 100 + 20}.{i % 256}.1.1"));
            BookWorld.AssertConsistent(Book);
        }

        Assert.Equal(8, Entry(endPoint).References);
        Assert.Equal(1, Book.Count);
    }

    [Fact]
    public void Add_AnotherPort_IsAnotherAddress_T42()
    {
        Assert.True(_world.Add("250.1.1.1", 8333));
        Assert.True(_world.Add("250.1.1.1", 8334));

        Assert.Equal(2, Book.Count);
        Assert.True(Book.MarkGood(BookWorld.EndPoint("250.1.1.1", 8334)));
        Assert.Equal(1, Book.GetCount(tables: AddressTables.Tried));
    }

    [Fact]
    public void Add_WithPenalty_MakesItOlderUnlessItAnnouncesItself_T42()
    {
        var (own, other) = (BookWorld.EndPoint("250.1.1.1", 8333), BookWorld.EndPoint("250.1.1.2", 8333));
        var seen = _world.Now - TimeSpan.FromDays(1);
        Book.Add(new PeerAddress(own, 0, seen), own.Address, TimeSpan.FromHours(1));
        Book.Add(new PeerAddress(other, 0, seen), own.Address, TimeSpan.FromHours(1));

        Assert.Equal(seen, Entry(own).Address.LastSeen);
        Assert.Equal(seen - TimeSpan.FromHours(1), Entry(other).Address.LastSeen);
    }

    [Theory]
    [InlineData(0, 3600, false)]
    [InlineData(0, 3601, true)]
    [InlineData(48, 86_400, false)]
    [InlineData(48, 86_401, true)]
    public void Add_KnownAddress_UpdatesItsTimeInSteps(int hoursAgo, int secondsLater, bool updates)
    {
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        var latest = _world.Now - TimeSpan.FromHours(hoursAgo);
        var first = latest - TimeSpan.FromSeconds(secondsLater);
        Book.Add(new PeerAddress(endPoint, 0, first), BookWorld.Source);
        Book.Add(new PeerAddress(endPoint, 0, latest), BookWorld.Source);

        Assert.Equal(updates ? latest : first, Entry(endPoint).Address.LastSeen);
    }

    [Fact]
    public void Services_AreAddedByAddAndReplacedBySetServices_T42()
    {
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        Book.Add(new PeerAddress(endPoint, 1, _world.Now), BookWorld.Source);
        Book.Add(new PeerAddress(endPoint, 8, _world.Now), BookWorld.Source);
        Assert.Equal(9UL, Entry(endPoint).Address.Services);

        Book.SetServices(endPoint, 64);
        Book.SetServices(endPoint with { Port = 1 }, 128);
        Assert.Equal(64UL, Entry(endPoint).Address.Services);
    }

    [Fact]
    public void Connected_LongAfterLastSeen_UpdatesIt_T42()
    {
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        var seen = _world.Now;
        _world.AddFresh(endPoint);

        _world.Clock.Advance(TimeSpan.FromMinutes(20));
        Book.RecordConnected(endPoint);
        Assert.Equal(seen, Entry(endPoint).Address.LastSeen);

        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        Book.RecordConnected(endPoint with { Port = 8334 });
        Assert.Equal(seen, Entry(endPoint).Address.LastSeen);
        Book.RecordConnected(endPoint);
        Assert.Equal(_world.Now, Entry(endPoint).Address.LastSeen);
    }

    [Fact]
    public void Good_KnownAddress_MovesItAndKeepsLastSeen()
    {
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        var seen = _world.Now;
        _world.AddFresh(endPoint);
        Book.RecordAttempt(endPoint);
        _world.Clock.Advance(TimeSpan.FromHours(1));

        Assert.True(Book.MarkGood(endPoint));
        Assert.False(Book.MarkGood(endPoint));
        Assert.False(Book.MarkGood(endPoint with { Port = 1 }));

        var entry = Entry(endPoint);
        Assert.True(entry.IsTried);
        Assert.Equal((0, 0), (entry.References, entry.FailedAttempts));
        Assert.Equal((seen, _world.Now, _world.Now), (entry.Address.LastSeen, entry.LastSuccess!.Value, entry.LastAttempt!.Value));
    }

    [Fact]
    public void Attempt_Repeated_CountsOnceForEachSuccessAnywhere()
    {
        var (one, other) = (BookWorld.EndPoint("250.1.1.1", 8333), BookWorld.EndPoint("251.1.1.1", 8333));
        _world.AddFresh(one);
        _world.AddFresh(other);

        Book.RecordAttempt(one, countFailure: false);
        Assert.Equal(0, Entry(one).FailedAttempts);
        for (var i = 0; i < 5; i++)
        {
            _world.Clock.Advance(TimeSpan.FromHours(1));
            Book.RecordAttempt(one);
        }

        Assert.Equal(1, Entry(one).FailedAttempts);
        _world.Clock.Advance(TimeSpan.FromHours(1));
        Book.MarkGood(other);
        _world.Clock.Advance(TimeSpan.FromHours(1));
        Book.RecordAttempt(one);
        Assert.Equal(2, Entry(one).FailedAttempts);
        Assert.Equal(_world.Now, Entry(one).LastAttempt);
    }

    [Fact]
    public void GetAddresses_FiveAdded_GivesFiveOrAShare_T41()
    {
        string[] addresses = ["250.250.2.1", "250.251.2.2", "251.252.2.3", "252.253.3.4", "252.254.4.5"];
        Assert.Empty(Book.GetAddresses());
        Assert.All(addresses, address => Assert.True(_world.AddFresh(BookWorld.EndPoint(address, 8333))));

        Assert.Equal(5, Book.GetAddresses(0, 0).Distinct().Count());
        Assert.Single(Book.GetAddresses(2500, 23));
        Assert.Equal(2, Book.GetAddresses(2, 100).Count);
        Assert.Empty(Book.GetAddresses(0, 0, AddressNetworks.IPv6));
    }

    [Fact]
    public void GetAddresses_TerribleOnes_AreLeftOut_T43()
    {
        var (old, future, failed, lost, good) = (
            BookWorld.EndPoint("250.250.2.1", 8333), BookWorld.EndPoint("250.251.2.2", 9999), BookWorld.EndPoint("251.252.2.3", 8333),
            BookWorld.EndPoint("252.253.3.4", 8333), BookWorld.EndPoint("252.254.4.5", 8333));
        var start = _world.Now;
        Book.Add(new PeerAddress(old, 0, start - TimeSpan.FromDays(30)), BookWorld.Source);
        Book.Add(new PeerAddress(future, 0, start + TimeSpan.FromDays(9)), BookWorld.Source);
        Assert.All([failed, lost, good], endPoint => Assert.True(_world.AddFresh(endPoint)));
        Book.MarkGood(lost);

        // Three failures without any success, and ten since one; each counts, as something else is good in between.
        for (var i = 1; i <= 10; i++)
        {
            _world.Clock.Advance(TimeSpan.FromHours(19.3));
            Book.MarkGood(good);
            _world.Clock.Advance(TimeSpan.FromMinutes(1));
            if (i <= 3)
                Book.RecordAttempt(failed);
            Book.RecordAttempt(lost);
        }

        _world.Clock.Advance(TimeSpan.FromMinutes(2));
        Book.RecordConnected(good);
        Assert.Equal(10, Entry(lost).FailedAttempts);
        Assert.Equal([good], Book.GetAddresses(0, 0).Select(address => address.EndPoint));
        Assert.Equal(5, Book.GetAddresses(0, 0, includeTerrible: true).Count);
    }

    [Fact]
    public void Add_BeyondAQuota_IsPassedOverUntilTheNextPeriod()
    {
        var world = new BookWorld(new AddressBookOptions { MaxNewPerSourceGroup = 3 });
        Assert.Equal(3, Enumerable.Range(1, 10).Count(i => world.AddFresh(BookWorld.EndPoint($"{i + 20}.1.1.1", 8333))));
        Assert.True(world.AddFresh(BookWorld.EndPoint("90.1.1.1", 8333), NetworkAddress.Parse("5.5.5.5")));

        world.Clock.Advance(TimeSpan.FromHours(1));
        Assert.True(world.AddFresh(BookWorld.EndPoint("91.1.1.1", 8333)));
    }

    [Fact]
    public void GetEntries_ByNetworkAndTable_GivesThose()
    {
        _world.Fill(500);

        foreach (var network in Enum.GetValues<AddressNetworks>())
        {
            foreach (var table in Enum.GetValues<AddressTables>())
                Assert.Equal(Book.GetCount(network, table), Book.GetEntries(network, table).Count);
        }
    }

    [Fact]
    public void Constructor_OptionOutOfRange_NamesIt()
    {
        AssertRefused(new AddressBookOptions { Key = new byte[31] }, "Key");
        AssertRefused(new AddressBookOptions { Key = new byte[32] }, "Key");
        AssertRefused(new AddressBookOptions { Netgrouper = null! }, "Netgrouper");
        AssertRefused(new AddressBookOptions { MaxNewPerSourceGroup = 0 }, "MaxNewPerSourceGroup");
        AssertRefused(new AddressBookOptions { QuotaPeriod = TimeSpan.Zero }, "QuotaPeriod");

        static void AssertRefused(AddressBookOptions options, string name) =>
            Assert.StartsWith($"The AddressBookOptions are not valid. {name} ", Assert.Throws<ArgumentException>(() => new AddressBook(options)).Message, StringComparison.Ordinal);
    }

    private AddressEntry Entry(NetworkEndPoint endPoint)
    {
        Assert.True(Book.TryGet(endPoint, out var entry));
        return entry;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Constructor_AGrouperWhoseVersionIsNot32Bytes_IsRefused(int length)
    {
        // A file with it could not be read back.
        var exception = Assert.Throws<ArgumentException>(() => new AddressBook(new() { Netgrouper = new OddGrouper(length) }));

        Assert.Contains("Version", exception.Message, StringComparison.Ordinal);
    }

    private sealed class OddGrouper(int length) : INetgrouper
    {
        private readonly byte[] _version = new byte[length];

        public ReadOnlySpan<byte> Version => _version;

        public Netgroup GetGroup(in NetworkAddress address) => Netgroup.FromAddress(address);
    }
}
