using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tests.Seeding;

public class AddressSeederTests
{
    private static readonly NetworkEndPoint FixedV4 = NetworkEndPoint.Parse("20.1.2.3:8333");
    private static readonly NetworkEndPoint FixedV6 = NetworkEndPoint.Parse("[2a01:4f8::1]:8333");
    private static readonly NetworkEndPoint FixedOnion =
        NetworkEndPoint.Parse("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333");

    private readonly SeederWorld _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_EmptyBook_BringsTheAddressesOfEachSeedFromASourceOfItsOwn()
    {
        _world.Start(_world.Options(SeederWorld.A, SeederWorld.B));
        await _world.UntilSeededAsync(2);

        Assert.Equal(["x9.a.example", "x9.b.example"], _world.LookedUp.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(2, _world.Book.Count);
        Assert.Equal(1, _world.Notified); // Once both are there.
        Assert.Equal(
            new HashSet<NetworkAddress> { NetworkAddress.FromName("a.example"), NetworkAddress.FromName("b.example") },
            _world.Added.Select(added => added.Source).ToHashSet());
        Assert.All(_world.Seeded, outcome => Assert.Equivalent(
            new { Kind = SeedKind.Dns, AddressCount = 1, Failure = SeedFailure.None, Attempts = 1, Time = _world.Clock.GetUtcNow() }, outcome));
        Assert.Equal(_world.Seeded, _world.Seeder.Outcomes);
    }

    /// <summary>All peers came from the seed that answered first: a hostile one that answers at once had all slots.</summary>
    [Fact]
    public async Task Run_EmptyBook_TheFirstAnswersWaitForTheOthers()
    {
        var late = new TaskCompletionSource<IReadOnlyList<IPAddress>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        options.Dns.Lookup = async (host, _) => host is "x9.b.example" ? await late.Task : _world.Answer(host);
        _world.Start(options);
        await _world.UntilHeldAsync();
        _world.Advance(0.999);
        Assert.Equal((0, 0), (_world.Book.Count, _world.Notified));
        late.SetResult(_world.Answer("x9.b.example"));
        await _world.UntilSeededAsync(2);
        Assert.Equal((2, 1), (_world.Book.Count, _world.Notified));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Run_EmptyBook_ASeedThatIsSilent_IsWaitedForASecond(int wait)
    {
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        options.Timetable.FirstAnswersWait = TimeSpan.FromSeconds(wait);
        options.Dns.Lookup = async (host, token) =>
        {
            if (host is "x9.b.example")
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return _world.Answer(host);
        };
        _world.Start(options);
        if (wait > 0)
        {
            await _world.UntilHeldAsync();
            _world.Advance(0.999);
            Assert.Empty(_world.Seeded);
            _world.Advance(0.001);
        }

        await _world.UntilSeededAsync(1);
        Assert.Equal((1, 1), (_world.Book.Count, _world.Notified));
    }

    [Fact]
    public async Task Run_EnoughOutboundPeers_Ends()
    {
        _world.Start(_world.Options(SeederWorld.A));
        await _world.UntilSeededAsync(1);

        _world.Outbound = 2;
        Assert.False(_world.Seeder.IsOver);
        _world.Advance(15 * 60);

        Assert.True(_world.Seeder.IsOver);
        Assert.Equal(1, _world.Begun);
    }

    [Fact]
    public async Task Run_BookWithAddresses_AsksThreeSeedsAfter11Seconds()
    {
        _world.FillBook(100);
        _world.Start(_world.Options([.. Enumerable.Range(0, 7).Select(i => new DnsSeed($"{i}.example", supportsServiceFilter: true))]));

        _world.Advance(10.999);
        Assert.Equal(0, _world.Begun);
        _world.Advance(0.001);
        Assert.Equal(3, _world.Begun);
        await _world.UntilSeededAsync(3);
        _world.Advance(11);
        Assert.Equal(6, _world.Begun);
    }

    [Fact]
    public async Task Run_AdditionalServices_AreAskedForAtOnce_OfSeedsWithAFilter()
    {
        var plain = new DnsSeed("plain.example", supportsServiceFilter: false);
        var options = _world.Options(SeederWorld.A, plain);
        options.AdditionalServices = [0x49, 9, 0x49];
        _world.Start(options);
        Assert.Equal(3, _world.Begun);
        await _world.UntilSeededAsync(3);

        Assert.Equal(["plain.example", "x49.a.example", "x9.a.example"], _world.LookedUp.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(0x49UL, Assert.Single(_world.Added, static added => added.Address.Services != 9).Address.Services);
        Assert.All(_world.Seeder.Outcomes, static outcome => Assert.Equal(1, outcome.Attempts));
    }

    [Fact]
    public async Task Run_AdditionalServicesAlone_DoNotCountAsTheAnswerOfTheSeed()
    {
        _world.Answer = static host => host.StartsWith("x49.", StringComparison.Ordinal) ? [IPAddress.Parse("20.1.1.1")] : [];
        var options = _world.Options(SeederWorld.A);
        options.AdditionalServices = [0x49];
        _world.Start(options);
        await _world.UntilSeededAsync(2);

        _world.Advance(61);
        await _world.UntilSeededAsync(4); // x9 failed, so the seed is asked again after a minute, not after 15.
        Assert.Equal(2, _world.LookedUp.Count(static host => host.StartsWith("x49.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_AdditionalServicesAndNamesThroughProxy_AreLookedUpThroughItToo()
    {
        var options = _world.Options(SeederWorld.A);
        options.AdditionalServices = [0x49];
        options.ResolveNamesThroughProxy = true;
        _world.Start(options);
        Assert.Equal(1, _world.Begun);
        await _world.UntilSeededAsync(1);
        Assert.Empty(_world.LookedUp);

        var other = new SeederWorld();
        var through = other.Options(SeederWorld.A);
        through.AdditionalServices = [0x49];
        through.ResolveNamesThroughProxy = true;
        through.LookupThroughProxy = through.Dns.Lookup;
        other.Start(through);
        await other.UntilSeededAsync(2);
        Assert.Equal(["x49.a.example", "x9.a.example"], other.LookedUp.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Run_RareServicesAndNobodyFound_AsksForOrdinaryOnesToo()
    {
        _world.Answer = static host => host.StartsWith("x49.", StringComparison.Ordinal) ? [] : [IPAddress.Parse("20.1.1.1")];
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        options.RequiredServices = 0x49;
        _world.Start(options);
        await _world.UntilSeededAsync(2);
        _world.Advance(4.999);
        Assert.Equal(2, _world.Begun);

        _world.Advance(0.001);
        await _world.UntilSeededAsync(4);

        Assert.Equal(["x49.a.example", "x49.b.example", "x9.a.example", "x9.b.example"], _world.LookedUp.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(_world.Added, static added => Assert.Equal(9UL, added.Address.Services));
        Assert.Equal(4, _world.Seeder.Outcomes.Count);
    }

    [Fact]
    public async Task Run_RareServicesAndNobodyFound_AsksKnownPeersOneASecond_UntilThereIsOne()
    {
        _world.FillBook(10);
        var known = 0;
        var options = _world.Options();
        options.RequiredServices = 0x49;
        options.FetchFromKnown = _ => new(Interlocked.Increment(ref known) == 1 ? 5 : 0);
        _world.Start(options);
        _world.Advance(4.999);
        Assert.Equal(0, _world.Begun);

        _world.Advance(0.001);
        await _world.UntilSeededAsync(1);
        Assert.Equivalent(new { Kind = SeedKind.Known, Name = "known peers", AddressCount = 5, Attempts = 1 }, Assert.Single(_world.Seeded));
        _world.Advance(0.999);
        Assert.Equal(1, _world.Begun);
        _world.Advance(0.001);
        Assert.Equal(2, _world.Begun);

        _world.Outbound = 1;
        _world.Advance(60);
        Assert.Equal(2, _world.Begun);
        Assert.False(_world.Seeder.IsOver);
        _world.Outbound = 2;
        _world.Advance(60);
        await _world.UntilAsync(() => _world.Seeder.IsOver);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(1)]
    [InlineData(0)]
    public void Run_OrdinaryServices_AsksNobodyElse(ulong services)
    {
        _world.FillBook(10);
        var options = _world.Options();
        options.RequiredServices = services;
        options.FetchFromKnown = static _ => throw new InvalidOperationException("Not asked for.");
        _world.Start(options);
        Assert.True(_world.Seeder.IsOver);
    }

    [Fact]
    public async Task Run_NamesThroughProxy_FetchesFromBareNamesAndLooksNothingUp()
    {
        var options = _world.Options(SeederWorld.A);
        options.ResolveNamesThroughProxy = true;
        options.Dns.Lookup = (_, _) => throw new InvalidOperationException("A name leaked.");

        _world.Start(options);
        await _world.UntilSeededAsync(1);

        Assert.Equal(new DnsEndPoint("a.example", 8333), Assert.Single(_world.Fetched));
        Assert.Empty(_world.LookedUp);
        Assert.Equivalent(new { Kind = SeedKind.Dns, Name = "a.example", AddressCount = 10, Failure = SeedFailure.None }, Assert.Single(_world.Seeded));
    }

    [Fact]
    public async Task Run_NamesAndLookupThroughProxy_AsksBothWays_AndDoesNotWaitForThePeer()
    {
        var fetched = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _world.Fetch = (_, _) => new(fetched.Task);
        var options = _world.Options(SeederWorld.A);
        options.ResolveNamesThroughProxy = true;
        options.LookupThroughProxy = options.Dns.Lookup;
        options.Dns.Lookup = (_, _) => throw new InvalidOperationException("A name leaked.");

        _world.Start(options);
        await _world.UntilAsync(() => _world.Added.Count == 1);
        Assert.Equal(1, _world.Notified);
        Assert.Empty(_world.Seeded);
        fetched.SetResult(10);
        await _world.UntilSeededAsync(1);

        Assert.Equal(new DnsEndPoint("a.example", 8333), Assert.Single(_world.Fetched));
        Assert.Equal("x9.a.example", Assert.Single(_world.LookedUp));
        Assert.Equivalent(new { Kind = SeedKind.Dns, Name = "a.example", AddressCount = 11, Failure = SeedFailure.None }, Assert.Single(_world.Seeded));
    }

    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 10)]
    [InlineData(false, false, 0)]
    public async Task Run_OneOfBothWaysFails_TheOtherCounts(bool lookupWorks, bool fetchWorks, int expected)
    {
        var options = _world.Options(SeederWorld.A);
        options.ResolveNamesThroughProxy = true;
        options.LookupThroughProxy = lookupWorks ? options.Dns.Lookup : (_, _) => throw new IOException("no Tor");
        if (!fetchWorks)
            _world.Fetch = (_, _) => throw new IOException("no proxy");

        _world.Start(options);
        await _world.UntilSeededAsync(1);

        var outcome = Assert.Single(_world.Seeded);
        Assert.Equal(expected, outcome.AddressCount);
        Assert.Equal(expected > 0 ? SeedFailure.None : SeedFailure.RequestFailed, outcome.Failure);
        Assert.Equal(expected > 0, outcome.Exception is null);
    }

    [Fact]
    public async Task Run_SeedNodes_AreAskedOneByOneThenDns()
    {
        var options = _world.Options(SeederWorld.A);
        options.SeedNodes = [new DnsEndPoint("node.example", 8333), new IPEndPoint(IPAddress.Parse("20.0.0.1"), 8444)];
        _world.Fetch = (_, _) => throw new SocketException((int)SocketError.ConnectionRefused);

        _world.Start(options);
        await _world.UntilSeededAsync(1);
        Assert.Equal(1, _world.Begun);
        _world.Advance(10);
        await _world.UntilSeededAsync(2);
        Assert.Equal(3, _world.Begun); // Both failed and the book is empty: DNS need not wait.
        await _world.UntilSeededAsync(3);

        Assert.Equal(
            ["20.0.0.1:8444", "node.example:8333"],
            _world.Seeded.Where(seed => seed.Kind == SeedKind.Node).Select(seed => seed.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.All(_world.Seeded.Take(2), seed => Assert.IsType<SocketException>(seed.Exception));
        Assert.Equal(SeedKind.Dns, _world.Seeded[2].Kind);
    }

    [Fact]
    public async Task Run_SeedNodeThatNeverEnds_IsGivenUpAtItsDeadline()
    {
        var options = _world.Options();
        options.SeedNodes = [new DnsEndPoint("node.example", 8333)];
        _world.Fetch = (_, _) => new(new TaskCompletionSource<int>().Task);
        _world.Start(options);
        await _world.UntilFetchedAsync();

        _world.Advance(119);
        Assert.Empty(_world.Seeded);
        _world.Advance(1);
        await _world.UntilSeededAsync(1);

        Assert.Equivalent(new { Failure = SeedFailure.Timeout, AddressCount = 0, Duration = TimeSpan.FromMinutes(2) }, _world.Seeded[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public async Task Run_SeedNodeWithoutAddresses_Failed(int count)
    {
        var options = _world.Options();
        options.SeedNodes = [new DnsEndPoint("node.example", 8333)];
        _world.Fetch = (_, _) => new(count);

        _world.Start(options);
        await _world.UntilSeededAsync(1);

        Assert.Equivalent(new { Failure = SeedFailure.NoAddresses, AddressCount = 0 }, _world.Seeded[0]);
        Assert.Equal(0, _world.Notified);
    }

    [Fact]
    public async Task Run_SeedFailsAndThereIsNobody_IsAskedAgain()
    {
        _world.Answer = _ => throw new SocketException((int)SocketError.TryAgain);
        _world.Start(_world.Options(SeederWorld.A));
        await _world.UntilSeededAsync(1);

        _world.Advance(60);
        await _world.UntilSeededAsync(2);
        _world.Answer = _ => [IPAddress.Parse("20.0.0.1")];
        _world.Advance(120);
        await _world.UntilSeededAsync(3);

        Assert.Equal([SeedFailure.RequestFailed, SeedFailure.RequestFailed, SeedFailure.None], _world.Seeded.Select(seed => seed.Failure));
        Assert.Equal(1, _world.Book.Count);
        Assert.Equal(_world.Seeded[2], Assert.Single(_world.Seeder.Outcomes));
        Assert.Equal(3, _world.Seeded[2].Attempts);
    }

    /// <summary>A captive portal answers every name with an address of its own.</summary>
    [Fact]
    public async Task Run_AnswerLeavesTheBookEmpty_IsAskedAgainAsAfterAFailure()
    {
        _world.Answer = _ => [IPAddress.Parse("192.168.1.1")];
        _world.Start(_world.Options(SeederWorld.A));
        await _world.UntilSeededAsync(1);

        _world.Advance(60);

        Assert.Equal(2, _world.Begun);
    }

    [Fact]
    public async Task NotifyNetworkChanged_AfterAFailure_AsksAgainSoon()
    {
        _world.Answer = _ => throw new SocketException((int)SocketError.TryAgain);
        _world.Start(_world.Options(SeederWorld.A));
        await _world.UntilSeededAsync(1);
        _world.Advance(10);
        Assert.Equal(1, _world.Begun);

        _world.Seeder.NotifyNetworkChanged();
        _world.Seeder.Pump();

        Assert.Equal(2, _world.Begun);
    }

    [Fact]
    public void Run_NoOtherSeeds_TakesTheFixedOnesOfReachableNetworksAtOnce()
    {
        var options = _world.Options();
        options.Chain = options.Chain! with { FixedSeeds = [FixedV4, FixedV6, FixedOnion] };
        _world.Start(options);

        var now = _world.Clock.GetUtcNow();
        Assert.Equal([FixedV4, FixedV6], _world.Added.Select(added => added.Address.EndPoint));
        Assert.All(_world.Added, added =>
        {
            Assert.InRange(now - added.Address.LastSeen, TimeSpan.FromDays(7), TimeSpan.FromDays(14));
            Assert.Equal(9UL, added.Address.Services);
            Assert.Equal(NetworkAddress.FromName("fixed seeds"), added.Source);
        });
        Assert.Equivalent(new { Kind = SeedKind.Fixed, Name = "fixed seeds", AddressCount = 2 }, Assert.Single(_world.Seeded));
        Assert.Equal(1, _world.Notified);
        Assert.True(_world.Seeder.IsOver);
    }

    [Fact]
    public async Task Run_ANetworkStaysEmpty_TakesItsFixedSeedsAfter60Seconds()
    {
        var options = _world.Options(SeederWorld.A);
        options.Chain = options.Chain! with { FixedSeeds = [FixedV4, FixedV6, FixedOnion] };
        options.ReachableNetworks = AddressNetworks.IPv4 | AddressNetworks.TorV3;
        _world.Start(options);
        await _world.UntilSeededAsync(1);

        _world.Advance(59.999);
        Assert.Single(_world.Seeded);
        _world.Advance(0.001);

        Assert.Equal(FixedOnion, _world.Added[^1].Address.EndPoint);
        Assert.Equal(2, _world.Added.Count);
    }

    [Fact]
    public void Run_OnlyOnionsAreReachable_AsksNoDnsSeed()
    {
        var options = _world.Options(SeederWorld.A);
        options.ReachableNetworks = AddressNetworks.TorV3;

        _world.Start(options);

        Assert.Equal(0, _world.Begun);
        Assert.True(_world.Seeder.IsOver);
    }

    [Fact]
    public async Task Run_AddAddressesThrows_CountsAsAFailure()
    {
        var options = _world.Options(SeederWorld.A);
        options.AddAddresses = (_, _) => throw new IOException("full");

        _world.Start(options);
        await _world.UntilSeededAsync(1);

        Assert.Equal(SeedFailure.RequestFailed, _world.Seeded[0].Failure);
        Assert.Equal("full", _world.Seeded[0].Exception?.Message);
        Assert.Equal(0, _world.Notified);
    }

    [Fact]
    public async Task Run_CallbacksThrow_GoesOnAndLogs()
    {
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        options.OnAddressesAdded = () => throw new InvalidOperationException("added");
        options.OnSeeded = _ => throw new InvalidOperationException("seeded");

        _world.Start(options);
        await _world.UntilAsync(() => _world.Seeder.Outcomes.Count == 2);

        Assert.Equal(2, _world.Book.Count);
        Assert.Equal(3, _world.Logs.GetSnapshot().Count(log => log.Id.Id == 313));
    }

    [Fact]
    public async Task RunAsync_ACountThrows_EndsWhatIsUnderWayAndThrowsIt()
    {
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        options.Dns.Lookup = (host, _) => host.Contains('a', StringComparison.Ordinal) && host.StartsWith("x9.a", StringComparison.Ordinal)
            ? new(never.Task)
            : new((IReadOnlyList<IPAddress>)[IPAddress.Parse("20.0.0.1")]);
        var counted = 0;
        options.CountOutbound = () => ++counted == 1 ? 0 : throw new InvalidOperationException("no count");

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => new AddressSeeder(options).RunAsync(Token).WaitAsync(SeederWorld.Patience, TimeProvider.System, Token));

        Assert.Equal("no count", thrown.Message);
    }

    [Fact]
    public async Task RunAsync_Canceled_EndsWithoutWaitingForThoseWhoIgnoreTheirTokens()
    {
        var options = _world.Options(SeederWorld.A);
        var timers = new CountingTimeProvider(_world.Clock);
        options.TimeProvider = timers;
        options.SeedNodes = [new DnsEndPoint("node.example", 8333)];
        options.Timetable = new() { SeedNodeHeadStart = TimeSpan.Zero };
        var bothAsked = new CountdownEvent(2);
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        _world.Fetch = (_, _) =>
        {
            if (bothAsked.Signal())
                asked.SetResult();
            return new(new TaskCompletionSource<int>().Task);
        };
        options.Dns.Lookup = (_, _) =>
        {
            if (bothAsked.Signal())
                asked.SetResult();
            return new(never.Task);
        };
        using var stop = new CancellationTokenSource();
        var seeder = new AddressSeeder(options);
        var run = seeder.RunAsync(stop.Token);
        await asked.Task.WaitAsync(SeederWorld.Patience, TimeProvider.System, Token);

        await stop.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(SeederWorld.Patience, TimeProvider.System, Token));
        never.SetResult([IPAddress.Parse("20.0.0.1")]);

        Assert.Equal(stop.Token, thrown.CancellationToken);
        Assert.Empty(_world.Seeded);
        Assert.Empty(_world.Added);
        Assert.Equal(0, timers.Timers);
    }

    [Fact]
    public async Task RunAsync_NothingToAsk_EndsAtOnceAndRunsOnce()
    {
        var seeder = new AddressSeeder(_world.Options());

        Assert.Empty(await seeder.RunAsync(Token));

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => seeder.RunAsync(Token));
        Assert.Contains("create another", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_CanceledBefore_AsksNobody()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new AddressSeeder(_world.Options(SeederWorld.A)).RunAsync(stop.Token));

        Assert.Empty(_world.LookedUp);
    }

    [Fact]
    public async Task RunAsync_FreeThreaded_EndsOnceThereAreEnoughPeers()
    {
        var options = _world.Options(SeederWorld.A, SeederWorld.B);
        options.OnAddressesAdded = () => _world.Outbound += 2;

        var outcomes = await new AddressSeeder(options).RunAsync(Token).WaitAsync(SeederWorld.Patience, TimeProvider.System, Token);

        Assert.Equal(2, outcomes.Count);
        Assert.Equal(
            "Seeding has ended with 2 addresses and 2 outbound peers.",
            Assert.Single(_world.Logs.GetSnapshot(), log => log.Id.Id == 314).Message);
    }

    public static TheoryData<string, Action<AddressSeederOptions>> BadOptions => new()
    {
        { "Chain is missing", options => options.Chain = null },
        { "default port 0", options => options.Chain = ChainParameters.Mainnet with { DefaultPort = 0 } },
        { "use []", options => options.Chain = ChainParameters.Mainnet with { FixedSeeds = default } },
        { "book.GetCount", options => options.CountAddresses = null },
        { "book.Add", options => options.AddAddresses = null },
        { "CountOutbound", options => options.CountOutbound = null },
        { "SeedNodes is null", options => options.SeedNodes = null! },
        { "SeedNodes contains null", options => options.SeedNodes = [null!] },
        { "AdditionalServices is null", options => options.AdditionalServices = null! },
        { "FetchFrom is missing", options => (options.SeedNodes, options.FetchFrom) = ([new DnsEndPoint("a", 1)], null) },
        { "FetchFrom is missing", options => (options.ResolveNamesThroughProxy, options.FetchFrom) = (true, null) },
        { "FetchTimeout is 00:00:00", options => options.FetchTimeout = TimeSpan.Zero },
        { "Timetable is null", options => options.Timetable = null! },
        { "Dns is null", options => options.Dns = null! },
        { "TimeProvider is null", options => options.TimeProvider = null! },
        { "Timetable.EnoughOutbound is 0", options => options.Timetable = new() { EnoughOutbound = 0 } },
        { "Timetable.DnsBatchSize is 0", options => options.Timetable = new() { DnsBatchSize = 0 } },
        { "Timetable.ManyAddresses is 0", options => options.Timetable = new() { ManyAddresses = 0 } },
        { "zero or more", options => options.Timetable = new() { SeedNodeHeadStart = TimeSpan.FromTicks(-1) } },
        { "more than zero", options => options.Timetable = new() { SeedNodeInterval = TimeSpan.Zero } },
        { "more than zero", options => options.Timetable = new() { DnsInterval = TimeSpan.Zero } },
        { "LongDnsInterval is 00:00:05; give at least 00:00:11", options => options.Timetable = new() { LongDnsInterval = TimeSpan.FromSeconds(5) } },
        { "FixedSeedDelay", options => options.Timetable = new() { FixedSeedDelay = TimeSpan.FromDays(30) } },
        { "RetryDuration", options => options.Timetable = new() { RetryDuration = TimeSpan.Zero } },
        { "MaxRetryDuration", options => options.Timetable = new() { MaxRetryDuration = TimeSpan.FromSeconds(1) } },
        { "Dns.LookupTimeout", options => options.Dns = new() { LookupTimeout = TimeSpan.Zero } },
    };

    [Theory]
    [MemberData(nameof(BadOptions), DisableDiscoveryEnumeration = true)]
    public void Constructor_BadOptions_NamesTheOptionAndTheRemedy(string message, Action<AddressSeederOptions> spoil)
    {
        var options = _world.Options(SeederWorld.A);
        spoil(options);

        var thrown = Assert.Throws<ArgumentException>("options", () => new AddressSeeder(options));

        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ALoggerThatThrows_EndsAllTheSame()
    {
        var outbound = 0;
        var seeder = new AddressSeeder(new()
        {
            Chain = ChainParameters.Mainnet with { DnsSeeds = [new("seed.example", supportsServiceFilter: false)] },
            CountAddresses = static _ => 0,
            AddAddresses = (_, _) => outbound = 2,
            CountOutbound = () => outbound,
            Dns = new() { Lookup = static (_, _) => new([IPAddress.Parse("8.8.8.8")]) },
            LoggerFactory = new Connections.ThrowingLoggerFactory(),
        });

        var outcomes = await seeder.RunAsync(TestContext.Current.CancellationToken).WaitAsync(SeederWorld.Patience, TestContext.Current.CancellationToken);

        Assert.Single(outcomes);
    }

    [Fact]
    public async Task NotifyNetworkChanged_AfterTheRun_KeepsNothing()
    {
        var seeder = new AddressSeeder(new()
        {
            Chain = ChainParameters.Regtest,
            CountAddresses = static _ => 0,
            AddAddresses = static (_, _) => { },
            CountOutbound = static () => 0,
        });
        await seeder.RunAsync(TestContext.Current.CancellationToken);

        seeder.NotifyNetworkChanged();

        Assert.False(await seeder.WaitAsync());
    }
}
