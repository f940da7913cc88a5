using CsCheck;

namespace Connmgr.Bitcoin.Tests.Crawling;

/// <summary>What every frontier does. The clock of a test stands still but for <see cref="AdvanceAsync"/>.</summary>
public abstract class FrontierContract
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Options without a pace.</summary>
    protected static FrontierOptions Unpaced => new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0 };

    /// <summary>Creates an empty frontier, in its first round, which begins now.</summary>
    protected abstract Task<IFrontier> CreateAsync(FrontierOptions options);

    /// <summary>Moves the clock of all frontiers of the test.</summary>
    protected abstract Task AdvanceAsync(TimeSpan time);

    [Fact]
    public async Task Lease_SeveralCalls_GiveEachAddressOnce()
    {
        var frontier = await CreateAsync(Unpaced);
        Assert.Equal(5, await frontier.AddAsync(Nodes(0..5)));

        var first = await frontier.LeaseAsync(3);
        var second = await frontier.LeaseAsync(3);
        var third = await frontier.LeaseAsync(3);

        Assert.Equal((3, 2, 0), (first.Leases.Length, second.Leases.Length, third.Leases.Length));
        Assert.Equal(Nodes(0..5).Select(static node => node.EndPoint).ToHashSet(), first.Leases.Concat(second.Leases).Select(static lease => lease.EndPoint).ToHashSet());
        Assert.All(first.Leases, static lease => Assert.True(lease is { IsNew: true, Failures: 0, Services: 1 }));
        Assert.False(third.IsRoundOver);
        Assert.Equal(1, third.Round);
    }

    [Fact]
    public async Task Lease_Nothing_IsNoRoundThatIsOver()
    {
        var frontier = await CreateAsync(Unpaced);

        var grant = await frontier.LeaseAsync(1);

        Assert.Empty(grant.Leases);
        Assert.False(grant.IsRoundOver);
        Assert.False(await frontier.EndRoundAsync(1));
    }

    [Fact]
    public async Task Add_KnownInvalidOrTooMany_AreLeftOut()
    {
        var options = Unpaced;
        options.MaxAddresses = 4;
        var frontier = await CreateAsync(options);

        Assert.Equal(2, await frontier.AddAsync(new[] { Node(0), Node(1), Node(0) }));
        Assert.Equal(0, await frontier.AddAsync(new[] { Node(1), new PeerAddress(new(Address(7), 0), 0, default), default }));
        Assert.Equal(2, await frontier.AddAsync(Nodes(0..9)));

        var status = await frontier.GetStatusAsync();
        Assert.Equal((4, 4, 0), (status.Addresses, status.Due, status.Leased));
        Assert.Equal(4, (await frontier.LeaseAsync(10)).Leases.Length);
    }

    [Fact]
    public async Task Add_AllNetworks_KeepsTheAddresses()
    {
        var frontier = await CreateAsync(Unpaced);
        string[] texts =
        [
            "1.2.3.4:8333", "[2a01::1]:8333", "[fc00::1]:8333", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333",
            "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0",
        ];
        var endPoints = texts.Select(static text => NetworkEndPoint.Parse(text)).ToArray();

        Assert.Equal(5, await frontier.AddAsync(endPoints.Select(static endPoint => new PeerAddress(endPoint, ulong.MaxValue, default)).ToArray()));

        var leases = (await frontier.LeaseAsync(10)).Leases;
        Assert.Equal(endPoints.ToHashSet(), leases.Select(static lease => lease.EndPoint).ToHashSet());
        Assert.All(leases, static lease => Assert.Equal(ulong.MaxValue, lease.Services));
    }

    [Fact]
    public async Task Add_WithoutServices_TakesThoseToldLater()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(new[] { Node(0, services: 0), Node(1, services: 5) });
        await frontier.AddAsync(new[] { Node(0, services: 9), Node(1, services: 9) });

        var leases = (await frontier.LeaseAsync(2)).Leases;

        Assert.Equal(new Dictionary<NetworkEndPoint, ulong> { [Node(0).EndPoint] = 9, [Node(1).EndPoint] = 5 }, leases.ToDictionary(static each => each.EndPoint, static each => each.Services));
    }

    [Fact]
    public async Task Lease_Expired_IsGivenAgain()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..1));
        var lost = (await frontier.LeaseAsync(1)).Leases[0];
        await AdvanceAsync(frontier.LeasePeriod - Second);
        var grant = await frontier.LeaseAsync(1);
        Assert.Empty(grant.Leases);
        Assert.InRange(grant.RetryAfter, TimeSpan.FromTicks(1), Second);

        await AdvanceAsync(Second);
        var lease = Assert.Single((await frontier.LeaseAsync(1)).Leases);

        Assert.Equal(lost.EndPoint, lease.EndPoint);
        Assert.True(lease.Token > lost.Token);
        Assert.Equal([false, true], await frontier.RenewAsync(new[] { lost, lease }));
        Assert.Equal([false], await frontier.CompleteAsync(Reached(lost)));
        await frontier.ReleaseAsync(new[] { lost });
        Assert.Equal(1, (await frontier.GetStatusAsync()).Leased);
        Assert.Equal([true], await frontier.CompleteAsync(Reached(lease)));
        Assert.Equal([false], await frontier.CompleteAsync(Reached(lease)));
        Assert.Equal(1, (await frontier.GetStatusAsync()).Completed);
    }

    [Fact]
    public async Task Complete_AfterTheLeaseHasEnded_IsRefused()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..1));
        var lost = (await frontier.LeaseAsync(1)).Leases[0];

        await AdvanceAsync(frontier.LeasePeriod);

        Assert.Equal([false], await frontier.RenewAsync(new[] { lost }));
        Assert.Equal([false], await frontier.CompleteAsync(Reached(lost)));
        Assert.Equal(1, (await frontier.GetStatusAsync()).Due);
    }

    [Fact]
    public async Task Renew_Repeated_HoldsTheLease()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..2));
        var leases = (await frontier.LeaseAsync(2)).Leases;
        for (var i = 0; i < 5; i++)
        {
            await AdvanceAsync(frontier.LeasePeriod / 2);
            Assert.Equal([true], await frontier.RenewAsync(new[] { leases[0] }));
        }

        Assert.Equal(leases[1].EndPoint, Assert.Single((await frontier.LeaseAsync(2)).Leases).EndPoint);
        Assert.Equal([true], await frontier.CompleteAsync(Reached(leases[0])));
    }

    [Fact]
    public async Task Release_Held_IsDueAtOnce()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..1));
        var lease = (await frontier.LeaseAsync(1)).Leases[0];

        await frontier.ReleaseAsync(new[] { lease, lease });

        var status = await frontier.GetStatusAsync();
        Assert.Equal((1, 0, 0), (status.Due, status.Leased, status.Completed));
        Assert.Single((await frontier.LeaseAsync(2)).Leases);
    }

    [Fact]
    public async Task EndRound_AllVisited_BeginsTheNextOnceAPeriodLater()
    {
        var frontier = await CreateAsync(Unpaced);
        var start = (await frontier.GetStatusAsync()).RoundStart;
        await frontier.AddAsync(Nodes(0..2));
        var leases = (await frontier.LeaseAsync(2)).Leases;
        await frontier.CompleteAsync(Reached(leases[0]));
        Assert.False(await frontier.EndRoundAsync(1));
        await AdvanceAsync(Second);
        await frontier.CompleteAsync(new[] { new FrontierResult(leases[1], IsReachable: false) });

        var over = await frontier.LeaseAsync(1);
        Assert.True(over is { Leases: [], IsRoundOver: true, Round: 1 });
        Assert.False(await frontier.EndRoundAsync(2));
        Assert.True(await frontier.EndRoundAsync(1));
        Assert.False(await frontier.EndRoundAsync(1));

        await frontier.AddAsync(Nodes(2..3)); // Between the rounds.
        var early = await frontier.LeaseAsync(1);
        Assert.True(early is { Leases: [], IsRoundOver: false, Round: 2 });
        Assert.InRange(early.RetryAfter, Period - (2 * Second), Period - Second);
        Assert.InRange(((await frontier.GetStatusAsync()).RoundStart - start).TotalSeconds, Period.TotalSeconds - 0.01, Period.TotalSeconds + 0.01);
        await AdvanceAsync(Period - Second);
        var next = await frontier.LeaseAsync(10);
        Assert.Equal(Nodes(0..3).Select(static node => node.EndPoint).ToHashSet(), next.Leases.Select(static lease => lease.EndPoint).ToHashSet());
        Assert.Equal(1, next.Leases.Single(each => each.EndPoint == leases[1].EndPoint).Failures);
        Assert.False(next.Leases.Single(each => each.EndPoint == leases[0].EndPoint).IsNew);
    }

    [Fact]
    public async Task EndRound_LongerThanAPeriod_BeginsTheNextAtOnce()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..1));
        await AdvanceAsync(Period * 2.5);
        await frontier.CompleteAsync(Reached((await frontier.LeaseAsync(1)).Leases[0]));

        Assert.True(await frontier.EndRoundAsync(1));

        Assert.Single((await frontier.LeaseAsync(1)).Leases);
    }

    [Fact]
    public async Task Complete_Unreachable_BacksOffByDoublingUpToADay()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..1));
        var rounds = new List<long>();
        var round = 1L;
        for (var i = 0; i < 1_100; i++)
        {
            var grant = await frontier.LeaseAsync(1);
            if (grant.Leases is [var lease])
            {
                rounds.Add(grant.Round);
                await frontier.CompleteAsync(new[] { new FrontierResult(lease, IsReachable: false) });
            }

            Assert.True(await frontier.EndRoundAsync(round++));
            await AdvanceAsync(Period);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 800, 1088], rounds);
    }

    [Fact]
    public async Task Complete_MaxFailures_RemovesTheAddressUntilItIsToldAgain()
    {
        var options = Unpaced;
        options.MaxFailures = 2;
        var frontier = await CreateAsync(options);
        await frontier.AddAsync(Nodes(0..2));
        for (var round = 1; round <= 2; round++)
        {
            foreach (var lease in (await frontier.LeaseAsync(2)).Leases)
                await frontier.CompleteAsync(new[] { new FrontierResult(lease, lease.EndPoint == Node(1).EndPoint) });
            Assert.True(await frontier.EndRoundAsync(round));
            await AdvanceAsync(Period);
        }

        Assert.Equal(0, await frontier.AddAsync(Nodes(0..2)));
        await frontier.CompleteAsync(Reached(Assert.Single((await frontier.LeaseAsync(2)).Leases)));
        Assert.True(await frontier.EndRoundAsync(3));
        await AdvanceAsync(Period);

        Assert.Single((await frontier.LeaseAsync(2)).Leases);
        Assert.Equal(1, (await frontier.GetStatusAsync()).Addresses);
        Assert.Equal(1, await frontier.AddAsync(Nodes(0..2)));
        Assert.True(Assert.Single((await frontier.LeaseAsync(2)).Leases).IsNew);
    }

    [Fact]
    public async Task Complete_VisitsPerDay_SpreadsTheVisits()
    {
        var options = Unpaced;
        options.VisitsPerDay = 3;
        var frontier = await CreateAsync(options);
        await frontier.AddAsync(Nodes(0..1));
        var visits = new List<int>();
        for (var i = 0; i < 600; i++)
        {
            await AdvanceAsync(Period / 2);
            if ((await frontier.LeaseAsync(1)).Leases is [var lease])
            {
                visits.Add(i);
                await frontier.CompleteAsync(Reached(lease));
            }

            await frontier.EndRoundAsync((await frontier.GetStatusAsync()).Round);
        }

        Assert.InRange(visits.Count, 3, 4);
        Assert.All(visits.Zip(visits.Skip(1)), static pair => Assert.InRange(pair.Second - pair.First, 192, 196)); // Eight hours.
    }

    [Fact]
    public async Task Lease_BusyNetgroup_DoesNotHoldUpOthers()
    {
        var frontier = await CreateAsync(new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 1, MaxAddressesPerHost = 0 });
        await frontier.AddAsync(Enumerable.Range(0, 500).Select(static i => new PeerAddress(new(Address(0), (ushort)(1000 + i)), 0, default)).ToArray());
        await frontier.AddAsync(Nodes(1..4));

        var first = await frontier.LeaseAsync(100);
        var second = await frontier.LeaseAsync(100);
        await AdvanceAsync(Second);
        var third = await frontier.LeaseAsync(100);

        Assert.Equal(4, first.Leases.Length);
        Assert.Equal(3, first.Leases.Count(static lease => lease.EndPoint.Port == 8333));
        Assert.Empty(second.Leases);
        Assert.InRange(second.RetryAfter, TimeSpan.FromMilliseconds(1), Second);
        Assert.Single(third.Leases);
        Assert.False(third.IsRoundOver);
    }

    [Fact]
    public async Task Complete_Record_IsKeptWhileReachable()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..3));
        var leases = (await frontier.LeaseAsync(3)).Leases.ToDictionary(static lease => lease.EndPoint);
        await frontier.CompleteAsync(new[] { Recorded(leases[Node(0).EndPoint], 1), Recorded(leases[Node(1).EndPoint], 2), Recorded(leases[Node(2).EndPoint], 3) });
        Assert.Equal([1, 2, 3], await RecordsAsync());

        await frontier.EndRoundAsync(1);
        await AdvanceAsync(Period);
        leases = (await frontier.LeaseAsync(3)).Leases.ToDictionary(static lease => lease.EndPoint);
        Assert.Equal([1, 2, 3], await RecordsAsync());
        await frontier.CompleteAsync(new[] { Recorded(leases[Node(0).EndPoint], 4), new(leases[Node(1).EndPoint], IsReachable: false), new(leases[Node(2).EndPoint], IsReachable: true) });

        Assert.Equal([4], await RecordsAsync());
        Assert.Equal(2, (await frontier.GetStatusAsync()).Reached);
        await Assert.ThrowsAsync<ArgumentException>(async () => await frontier.CompleteAsync(new[] { new FrontierResult(default, IsReachable: true) { Record = new byte[513] } }));

        static FrontierResult Recorded(FrontierLease lease, byte value) => new(lease, IsReachable: true) { Record = Enumerable.Repeat(value, 512).ToArray() };

        async Task<byte[]> RecordsAsync()
        {
            var records = new List<byte>();
            await foreach (var record in frontier.GetRecordsAsync())
            {
                Assert.Equal(512, record.Data.Length);
                records.Add(record.Data.Span[511]);
            }

            return [.. records.Order()];
        }
    }

    [Fact]
    public async Task Complete_Skipped_LeavesTheAddressOutAndKeepsWhatIsKnown()
    {
        var frontier = await CreateAsync(Unpaced);
        await frontier.AddAsync(Nodes(0..2));
        foreach (var lease in (await frontier.LeaseAsync(2)).Leases)
            await frontier.CompleteAsync(new[] { lease.EndPoint == Node(0).EndPoint ? new FrontierResult(lease, IsReachable: true) { Services = 9, Record = new byte[] { 7 } } : new(lease, IsReachable: false) });
        Assert.True(await frontier.EndRoundAsync(1));
        await AdvanceAsync(Period);

        var leases = (await frontier.LeaseAsync(2)).Leases;
        var results = leases.Select(static lease => new FrontierResult(lease, IsReachable: true) { IsSkipped = true, Services = 1, Record = new byte[] { 8 } }).ToArray();
        Assert.Equal([true, true], await frontier.CompleteAsync(results));
        Assert.Equal([false, false], await frontier.CompleteAsync(results.Select(static result => result with { Services = 2 }).ToArray()));

        Assert.Equal([7], Assert.Single(await frontier.GetRecordsAsync().ToListAsync()).Data.ToArray());
        Assert.True(await frontier.GetStatusAsync() is { IsRoundOver: true, Completed: 0, Reached: 0, Round: 2 });
        Assert.True(await frontier.EndRoundAsync(2));
        await AdvanceAsync(Period);
        var again = (await frontier.LeaseAsync(2)).Leases.ToDictionary(static lease => lease.EndPoint);
        Assert.True(again[Node(0).EndPoint] is { Services: 9, Failures: 0, IsNew: false });
        Assert.True(again[Node(1).EndPoint] is { Failures: 1, IsNew: false });
    }

    [Fact]
    public async Task Add_ManyPortsOfAHost_AreLimited()
    {
        var options = Unpaced;
        options.MaxAddressesPerHost = 3;
        var frontier = await CreateAsync(options);

        Assert.Equal(3, await frontier.AddAsync(Ports(1, 100)));
        Assert.Equal(0, await frontier.AddAsync(Ports(1, 100)));
        Assert.Equal(3, await frontier.AddAsync(Ports(2, 100)));
    }

    [Fact]
    public async Task Add_ManyOfANetgroup_AreLimitedUntilSomeAreForgotten()
    {
        var options = Unpaced;
        (options.MaxAddressesPerNetgroup, options.MaxAddressesPerHost, options.MaxFailures) = (5, 7, 1);
        var frontier = await CreateAsync(options);

        Assert.Equal(5, await frontier.AddAsync(Ports(1, 9)));
        Assert.Equal(1, await frontier.AddAsync(Ports(2, 1)));
        await MissAllAsync(frontier, round: 1);
        Assert.Empty((await frontier.LeaseAsync(10)).Leases);

        Assert.Equal(5, await frontier.AddAsync(Ports(1, 9)));
    }

    [Fact]
    public async Task Add_HostWhoseAddressesWereForgotten_IsTakenAgain()
    {
        var options = Unpaced;
        (options.MaxAddressesPerHost, options.MaxFailures) = (2, 1);
        var frontier = await CreateAsync(options);

        Assert.Equal(2, await frontier.AddAsync(Ports(1, 4)));
        await MissAllAsync(frontier, round: 1);
        Assert.Empty((await frontier.LeaseAsync(10)).Leases);

        Assert.Equal(2, await frontier.AddAsync(Ports(1, 4)));
    }

    /// <summary>A frontier that is full of addresses that nobody has takes others after two failures of those.</summary>
    [Fact]
    public async Task Lease_FullOfUnreachableAddresses_ForgetsThemSoon()
    {
        var options = Unpaced;
        options.MaxAddresses = 10;
        var frontier = await CreateAsync(options);
        await frontier.AddAsync(Ports(1, 10));
        Assert.Equal(0, await frontier.AddAsync(Ports(2, 5)));
        for (var round = 1; round <= 2; round++)
            await MissAllAsync(frontier, round);
        for (var round = 3; (await frontier.LeaseAsync(10)).IsRoundOver && round < 6; round++)
        {
            Assert.True(await frontier.EndRoundAsync(round));
            await AdvanceAsync(Period);
        }

        Assert.InRange(await frontier.AddAsync(Ports(2, 5)), 1, 5);
    }

    /// <summary>
    /// Any calls in any order, against a simple model: no address is leased twice at a time or visited twice in a round, none is forgotten,
    /// and each call says what is true.
    /// </summary>
    [Fact]
    public Task AnyCalls_AgreeWithTheModel() =>
        Gen.Select(Gen.Enum<FrontierCall>(), Gen.Int[0, 1000], (call, number) => (Call: call, Number: number)).Array[1, 120].SampleAsync(
            async calls =>
            {
                var options = Unpaced;
                options.MaxAddresses = 50; // More than the model uses: a frontier that is nearly full may forget sooner.
                options.VisitsPerDay = calls.Length % 2 * 100;
                var model = new FrontierModel(await CreateAsync(options), options, AdvanceAsync);
                foreach (var (call, number) in calls)
                    await model.ApplyAsync(call, number);
                await model.FinishAsync();
            },
            iter: Iterations,
            threads: 1);

    /// <summary>Whatever the pace, no window of time has more visits, all are visited, and the answers say when to ask again.</summary>
    [Fact]
    public Task AnyPace_IsKept() =>
        Gen.Select(Gen.OneOf(0, 0.5, 3, 20), Gen.OneOf(0, 0.2, 1, 4), Gen.Int[1, 60], Gen.Int[1, 8], Gen.Int[1, 20]).SampleAsync(
            async (total, each, addresses, groups, max) =>
            {
                var frontier = await CreateAsync(new() { VisitsPerSecond = total, VisitsPerSecondPerNetgroup = each, MaxAddressesPerHost = 0, LeasePeriod = TimeSpan.FromHours(1), RevisitPeriod = TimeSpan.FromDays(1) });
                await frontier.AddAsync(Enumerable.Range(0, addresses).Select(i => new PeerAddress(new(Address(i % groups), (ushort)(1000 + i)), 0, default)).ToArray());
                var visits = new List<(double Time, NetworkAddress Group)>();
                var (now, calls) = (0.0, 0);
                while (await frontier.LeaseAsync(max) is { IsRoundOver: false } grant)
                {
                    Assert.InRange(++calls, 1, (4 * addresses) + 10);
                    visits.AddRange(grant.Leases.Select(lease => (now, lease.EndPoint.Address)));
                    await frontier.CompleteAsync(grant.Leases.Select(static lease => new FrontierResult(lease, IsReachable: true)).ToArray());
                    now += grant.RetryAfter.TotalSeconds;
                    if (grant.RetryAfter > TimeSpan.Zero)
                        await AdvanceAsync(grant.RetryAfter);
                }

                Assert.Equal(addresses, visits.Count);
                AssertPace(total, [.. visits.Select(static visit => visit.Time)]);
                foreach (var group in visits.GroupBy(static visit => visit.Group))
                    AssertPace(each, [.. group.Select(static visit => visit.Time)]);
            },
            iter: Iterations,
            threads: 1);

    /// <summary>The number of cases of a property.</summary>
    protected virtual int Iterations => Effort.Of(200);

    private static void AssertPace(double perSecond, double[] times)
    {
        if (perSecond == 0)
            return;
        for (var first = 0; first < times.Length; first++)
        {
            for (var last = first; last < times.Length; last++)
                Assert.True(last - first + 1 <= Math.Max(1, perSecond) + (perSecond * (times[last] - times[first])) + 0.01, $"{last - first + 1} visits in {times[last] - times[first]} s");
        }
    }

    /// <summary>Visits what is due without reaching it, ends the round, and waits for the next.</summary>
    private async Task MissAllAsync(IFrontier frontier, long round)
    {
        var leases = (await frontier.LeaseAsync(20)).Leases;
        Assert.All(await frontier.CompleteAsync(leases.Select(static lease => new FrontierResult(lease, IsReachable: false)).ToArray()), Assert.True);
        Assert.True(await frontier.EndRoundAsync(round));
        await AdvanceAsync(Period);
    }

    private static PeerAddress[] Ports(int number, int count) => [.. Enumerable.Range(1, count).Select(port => new PeerAddress(new(Address(number), (ushort)port), 1, default))];

    private static FrontierResult[] Reached(FrontierLease lease) => [new(lease, IsReachable: true) { Services = 1 }];

    private static PeerAddress[] Nodes(Range range) => [.. Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value).Select(static i => Node(i))];

    private static PeerAddress Node(int number, ulong services = 1) => new(new(Address(number), 8333), services, default);

    /// <summary>The address of a number below 256, each in a separate netgroup.</summary>
    private static NetworkAddress Address(int number) => NetworkAddress.FromIPAddress(new System.Net.IPAddress([20, (byte)number, 0, 1]));
}
