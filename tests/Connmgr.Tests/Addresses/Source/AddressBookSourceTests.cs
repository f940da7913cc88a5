using System.Net;

namespace Connmgr.Tests.Addresses;

/// <summary>When the source waits and what wakes it, and Core's numbers.</summary>
public sealed class AddressBookSourceTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly CandidateRequest Automatic = new(ConnectionKind.Automatic);
    private static readonly NetworkEndPoint One = BookWorld.EndPoint("250.1.1.1", 8333);

    private readonly BookWorld _world = new();

    [Fact]
    public async Task GetAsync_AnEmptyBook_WaitsWithoutATimerUntilAnAddressIsAdded()
    {
        var clock = new CountingTimeProvider(_world.Clock);
        var book = new AddressBook(new AddressBookOptions { TimeProvider = clock, Key = BookWorld.KeyOne });
        var source = new AddressBookSource(book);
        var asked = source.GetAsync(Automatic, Cancellation).AsTask();
        Assert.False(asked.IsCompleted);
        Assert.Equal(0, clock.Timers);

        Assert.True(book.Add(new PeerAddress(BookWorld.EndPoint("250.1.1.2", 8333), 0, _world.Now), BookWorld.Source)); // Not one that it may offer.
        Assert.True(book.Add(new PeerAddress(One, 9, _world.Now), BookWorld.Source));
        var candidate = await asked;
        Assert.Equal(One.ToEndPoint(), candidate!.Value.EndPoint);
        Assert.Equal(One, Assert.IsType<AddressBookCandidate>(candidate.Value.Tag).EndPoint);
    }

    /// <summary>Regression: one right behind another in its bucket was chosen in 1 of 64 draws, so that 100 of them missed it in one book of five.</summary>
    [Fact]
    public void Choose_OneOfUseRightBehindOneOfNone_FindsIt()
    {
        Assert.True(_world.Book.Add(new PeerAddress(One, 9, _world.Now), BookWorld.Source));
        var place = Assert.Single(_world.Book.Tables.Find(One)!.NewPlaces.ToArray());
        var before = Enumerable.Range(1024, 60_000).Select(port => BookWorld.EndPoint("250.1.1.2", (ushort)port))
            .First(endPoint => _world.Book.Tables.Placement.GetNewPlace(endPoint, place / 64) == place - 1);
        Assert.True(_world.Book.Add(new PeerAddress(before, 0, _world.Now), BookWorld.Source));
        var source = new AddressBookSource(_world.Book);

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(One, source.Choose(Automatic, AddressNetworks.All)?.EndPoint));
    }

    [Fact]
    public void Choose_AmongOneNetwork_LeavesWhatOthersAreOfferedFirst()
    {
        var source = new AddressBookSource(_world.Book, new() { Networks = AddressNetworks.All });
        source.Prioritize([new PeerAddress(One, 9, _world.Now)]);

        Assert.Null(source.Choose(Automatic, AddressNetworks.TorV3));

        Assert.Equal((One, true), (source.Choose(Automatic, AddressNetworks.All)!.EndPoint, true));
    }

    [Fact]
    public async Task GetAsync_ANetworkIsOut_IsNotChosen_AndIsAgainWhenItIsBack()
    {
        var dead = BookWorld.EndPoint("2a01:1::1", 8333);
        _world.AddFresh(dead);
        _world.AddFresh(One);
        var wanted = AddressNetworks.IPv4;
        var request = new CandidateRequest(ConnectionKind.Automatic, getRefusal: null, () => wanted);
        var source = new AddressBookSource(_world.Book);
        for (var i = 0; i < 20; i++)
            Assert.Equal(One.ToEndPoint(), (await source.GetAsync(request, Cancellation))?.EndPoint);

        wanted = AddressNetworks.None;
        var asked = source.GetAsync(request, Cancellation).AsTask();
        Assert.False(asked.IsCompleted);
        wanted = AddressNetworks.IPv6;
        _world.Clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(dead.ToEndPoint(), (await asked)?.EndPoint);
    }

    [Fact]
    public void ReportEnd_APeerThatShakesHandsAndLeaves_CountsAsFailedEachTime_UntilItLasts()
    {
        _world.AddFresh(One);
        var source = new AddressBookSource(_world.Book);
        var candidate = new Candidate(One.ToEndPoint()!, source.Choose(Automatic, AddressNetworks.All));
        for (var times = 0; times < 5; times++)
        {
            Report(times);
            source.ReportShortConnections(candidate, times + 1);
            Assert.Equal(times + 1, Known().FailedAttempts);
            _world.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        var before = Known().LastSuccess;
        Report(5);
        Assert.Equal((5, before), (Known().FailedAttempts, Known().LastSuccess)); // A handshake is no success for it any more.
        source.ReportShortConnections(candidate, 0);
        Assert.Equal((0, _world.Now), (Known().FailedAttempts, Known().LastSuccess));

        void Report(int shortConnections) =>
            source.ReportOutcome(new AttemptOutcome { RequestId = 1, EndPoint = candidate.EndPoint, Tag = candidate.Tag, ShortConnections = shortConnections });

        AddressEntry Known() => _world.Book.TryGet(One, out var entry) ? entry : throw new InvalidOperationException("It is gone.");
    }

    [Fact]
    public async Task GetAsync_NothingThatMayBeDialled_LooksAgainAfterHalfASecond()
    {
        _world.AddFresh(One);
        var refusal = ConnectFailureCause.NetgroupLimit;
        var source = new AddressBookSource(_world.Book);
        var asked = source.GetAsync(new CandidateRequest(ConnectionKind.Automatic, _ => refusal), Cancellation).AsTask();
        refusal = ConnectFailureCause.None;
        _world.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(asked.IsCompleted);
        _world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await asked);
    }

    [Fact]
    public async Task GetAsync_Waiting_LooksWithPausesThatGrowToFiveSeconds()
    {
        _world.AddFresh(One);
        var looks = new List<TimeSpan>();
        var start = _world.Now;
        var look = new SemaphoreSlim(0);
        var source = new AddressBookSource(_world.Book, new() { IsExcluded = _ => Look() });
        var asked = source.GetAsync(Automatic, Cancellation).AsTask();
        TimeSpan[] pauses = [TimeSpan.Zero, .. new[] { 500, 1000, 2000, 4000, 5000, 5000 }.Select(ms => TimeSpan.FromMilliseconds(ms))];
        foreach (var pause in pauses)
        {
            _world.Clock.Advance(pause);
            await look.WaitAsync(Cancellation);
            await WaitForTimerAsync();
        }

        Assert.Equal(pauses.Select((_, i) => pauses.Take(i + 1).Aggregate((sum, pause) => sum + pause)), looks);
        Assert.False(asked.IsCompleted);

        bool Look()
        {
            if (looks.Count == 0 || looks[^1] != _world.Now - start)
            {
                looks.Add(_world.Now - start);
                look.Release();
            }

            return true;
        }

        // The look has begun; until it is over and the pause runs, time must not pass.
        async Task WaitForTimerAsync()
        {
            while (!source.IsWaiting)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task GetAsync_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        var asked = new AddressBookSource(_world.Book).GetAsync(Automatic, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task GetAsync_ForAOneOff_DoesNotWait()
    {
        var asked = new AddressBookSource(_world.Book).GetAsync(new CandidateRequest(ConnectionKind.OneOff), Cancellation).AsTask();
        Assert.True(asked.IsCompleted);
        Assert.Null(await asked);
    }

    [Fact]
    public async Task Networks_Changed_WakesAChoiceThatWaits()
    {
        _world.AddFresh(BookWorld.EndPoint("udhdrtrcetjm5sxzskjyr5ztpeszydbh4dpl3pl4utgqqw2v4jna.b32.i2p"));
        var source = new AddressBookSource(_world.Book);
        var asked = source.GetAsync(Automatic, Cancellation).AsTask();
        Assert.False(asked.IsCompleted); // Without a proxy there is no way to I2P: the default.
        source.Networks |= AddressNetworks.I2P;
        Assert.IsType<DnsEndPoint>((await asked)!.Value.EndPoint);
    }

    [Fact]
    public async Task GetAsync_OnlyAddressesTriedLately_GivesTwoASecond()
    {
        _world.AddFresh(One);
        _world.Book.RecordAttempt(One);
        var source = new AddressBookSource(_world.Book);
        Assert.NotNull(await source.GetAsync(Automatic, Cancellation));
        var second = source.GetAsync(Automatic, Cancellation).AsTask();
        _world.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(second.IsCompleted);
        _world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await second);
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(30, true)]
    public void Allow_TriedLately_FromThe30thDrawOn(int tries, bool expected)
    {
        var entry = Entry(One) with { LastAttempt = _world.Now - TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1) };
        Assert.Equal(expected, CandidateRules.Allow(entry, tries, 9, _world.Now));
        Assert.True(CandidateRules.Allow(entry, 1, 9, _world.Now + TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData("250.1.1.1", 49, false)]
    [InlineData("250.1.1.1", 50, true)]
    [InlineData("2a00::1", 49, false)]
    [InlineData("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", 1, true)]
    public void Allow_ABadPort_FromThe50thDrawOn(string address, int tries, bool expected) =>
        Assert.Equal(expected, CandidateRules.Allow(Entry(BookWorld.EndPoint(address, 22)), tries, 9, _world.Now));

    [Theory]
    [InlineData(1, true)]
    [InlineData(1024, true)]
    [InlineData(8, false)]
    public void AllowFeeler_WantsWhatMayKnowOfAddresses(ulong services, bool expected) =>
        Assert.Equal(expected, CandidateRules.AllowFeeler(Entry(One, services), 1, _world.Now));

    [Fact]
    public void ChooseFeeler_TheClaimedPlaceIsOfAConnectedPeer_CountsAsItsTest()
    {
        var (old, claimant) = _world.Collide(1);
        var source = new AddressBookSource(_world.Book);
        var connected = new CandidateRequest(
            ConnectionKind.OneOff,
            endPoint => endPoint.Equals(old.ToEndPoint()) ? ConnectFailureCause.DuplicateAddress : ConnectFailureCause.None);
        Assert.NotEqual(old, source.ChooseFeeler(connected)?.EndPoint);
        Assert.True(_world.Book.TryGet(old, out var entry));
        Assert.Equal(_world.Now, entry.LastSuccess);

        _world.Book.ResolveCollisions();
        Assert.True(_world.Book.TryGet(claimant, out var other));
        Assert.False(other.IsTried); // The old one keeps its place.
    }

    [Fact]
    public void ChooseFeeler_AClaimedPlace_ComesFirst()
    {
        var (old, _) = _world.Collide(1);
        var source = new AddressBookSource(_world.Book);
        Assert.Equal(old, source.ChooseFeeler(new CandidateRequest(ConnectionKind.OneOff))?.EndPoint);
    }

    [Fact]
    public void Report_OfAnAddressThatItDidNotGive_IsIgnored()
    {
        _world.AddFresh(One);
        Assert.True(_world.Book.TryGet(One, out var before));
        new AddressBookSource(_world.Book).ReportOutcome(new AttemptOutcome { RequestId = 1, EndPoint = One.ToEndPoint(), Tag = "another's" });
        Assert.True(_world.Book.TryGet(One, out var after));
        Assert.Equal(before, after);
    }

    [Fact]
    public async Task Manager_OnABook_DialsEachAddressOnceAndTellsTheBook()
    {
        for (var i = 1; i <= 20; i++)
            _world.AddFresh(BookWorld.EndPoint($"23.{i}.1.1", 8333));
        var source = new AddressBookSource(_world.Book);
        var dialled = new HashSet<EndPoint>();
        await using var manager = new ConnectionManager(new ConnectionManagerOptions
        {
            Dial = (endPoint, _) =>
            {
                lock (dialled)
                    Assert.True(dialled.Add(endPoint));
                return ValueTask.FromResult<Stream>(new MemoryStream());
            },
            AddressSource = source,
            TargetOutbound = 8,
        });
        await manager.StartAsync(Cancellation);
        await manager.WhenFullAsync(Cancellation);
        await manager.StopAsync(Cancellation);
        Assert.Equal(8, _world.Book.GetCount(tables: AddressTables.Tried));
    }

    private AddressEntry Entry(NetworkEndPoint endPoint, ulong services = 9) =>
        new() { Address = new PeerAddress(endPoint, services, _world.Now), Source = BookWorld.Source };
}
