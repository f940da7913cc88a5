using System.Net;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class NetworkCrawlerTests
{
    [Fact]
    public async Task RunAsync_OneRound_VisitsEachAddressOnceAndTellsWhatItFound()
    {
        await using var world = new CrawlWorld();
        var crawler = new NetworkCrawler(world.Options);

        await crawler.RunAsync(world.Cancellation);

        var visits = world.Visits.ToDictionary(static visit => visit.EndPoint);
        Assert.True(visits.Count > 30, $"{visits.Count} of 60 addresses were visited");
        Assert.All(visits.Values, visit =>
        {
            Assert.Equal(world.IsReachable(visit.EndPoint), visit.IsReachable);
            Assert.Equal(visit.IsReachable, visit is { FailedPhase: ConnectPhase.None, FailureCause: ConnectFailureCause.None, Failures: 0, Transport: not null, DialTime: not null, WasAsked: true });
            Assert.All(visit.Addresses, address => Assert.True(visits.ContainsKey(address.EndPoint), "an address that a node told was not visited"));
        });
        var reached = visits.Values.Where(static visit => visit.IsReachable).ToArray();
        Assert.All(reached, static visit => Assert.True(visit.Version!.UserAgent.Length > 0 && visit.Latency is not null && visit.Addresses.Length > 1));
        Assert.Contains(visits.Values, static visit => visit is { FailedPhase: ConnectPhase.Handshake, FailureCause: ConnectFailureCause.ProtocolViolation });
        Assert.Contains(visits.Values, static visit => visit is { FailedPhase: ConnectPhase.Tcp, FailureCause: ConnectFailureCause.Refused });

        var (round, visitsByThen) = Assert.Single(world.Rounds);
        Assert.Equal((1, visits.Count, visits.Count, reached.Length, visits.Count), (round.Round, round.Addresses, round.Visits, round.Reached, visitsByThen));
        Assert.Equal((0, visits.Count, reached.Length, 0), (crawler.GetStatistics().Active, crawler.GetStatistics().Visits, crawler.GetStatistics().Reached, crawler.GetStatistics().Abandoned));
        Assert.Equal(2, (await world.Frontier.GetStatusAsync()).Round);
        await Assert.ThrowsAsync<InvalidOperationException>(() => crawler.RunAsync(world.Cancellation));
    }

    [Fact]
    public async Task RunAsync_TwoRounds_AsksForAddressesOnce()
    {
        await using var world = new CrawlWorld(peers: 20);
        (world.Options.MaxRounds, world.Options.AskInterval) = (2, TimeSpan.FromDays(100_000));
        world.Options.CreateRecord = static visit => visit.EndPoint.Port is 0 ? default : new byte[] { (byte)visit.Round };

        await new NetworkCrawler(world.Options).RunAsync(world.Cancellation);

        Assert.Equal([1, 2], world.Rounds.Select(static ended => ended.Round.Round));
        var second = world.Visits.Where(static visit => visit.Round == 2).ToArray();
        Assert.Equal(second.Length, second.DistinctBy(static visit => visit.EndPoint).Count());
        Assert.All(second.Where(static visit => visit.IsReachable), static visit => Assert.False(visit.WasAsked));
        Assert.All(second.Where(static visit => !visit.IsReachable), static visit => Assert.Equal(2, visit.Failures));
        Assert.All(await world.Frontier.GetRecordsAsync().ToListAsync(), static record => Assert.Equal([2], record.Data.ToArray()));
        Assert.Equal(second.Count(static visit => visit.IsReachable), await world.Frontier.GetRecordsAsync().CountAsync());
    }

    [Fact]
    public async Task RunAsync_Stopped_LeavesNothingLeased()
    {
        await using var world = new CrawlWorld(silent: 0.3);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(world.Cancellation);
        world.Options.OnVisit = (visit, _) =>
        {
            world.Visits.Enqueue(visit);
            return world.Visits.Count == 10 ? new(stop.CancelAsync()) : default;
        };

        await new NetworkCrawler(world.Options).RunAsync(stop.Token);

        var status = await world.Frontier.GetStatusAsync();
        Assert.Equal((0, world.Visits.Count, 1), (status.Leased, status.Completed, status.Round));
        Assert.Empty(world.Rounds);
    }

    [Fact]
    public async Task RunAsync_FrontierFails_PausesAndContinues()
    {
        await using var world = new CrawlWorld(peers: 20);
        var faulty = new FaultyFrontier(world.Frontier) { FailingCalls = 3 };
        world.Options.Frontier = faulty;
        var changes = new List<bool>();
        world.Options.OnFrontierChanged = problem =>
        {
            lock (changes)
                changes.Add(problem is null);
        };
        var crawler = new NetworkCrawler(world.Options);

        await crawler.RunAsync(world.Cancellation);

        Assert.Equal([false, true], changes);
        Assert.True(crawler.GetStatistics().IsFrontierAvailable);
        Assert.Equal(world.Visits.Count, world.Visits.DistinctBy(static visit => visit.EndPoint).Count());
        Assert.Equal(world.Visits.Count, Assert.Single(world.Rounds).Round.Visits);
    }

    /// <summary>A dialler may answer a cancellation with any exception.</summary>
    [Fact]
    public async Task RunAsync_DiallerThrowsWhenStopped_StopsAll()
    {
        var dialled = new TaskCompletionSource();
        var frontier = new MemoryFrontier();
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = frontier,
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444")],
            Dial = async (_, token) =>
            {
                dialled.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new IOException("as if");
            },
            DialTimeout = TimeSpan.FromHours(1),
        });
        using var stop = new CancellationTokenSource();

        var running = crawler.RunAsync(stop.Token);
        await dialled.Task;
        await stop.CancelAsync();
        await running;

        Assert.Equal((0, 1), (crawler.GetStatistics().Active, crawler.GetStatistics().Abandoned));
        Assert.Equal((0, 0), ((await frontier.GetStatusAsync()).Leased, (await frontier.GetStatusAsync()).Completed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_LeaseIsLostOrCannotBeRenewed_EndsTheVisit(bool isUnavailable)
    {
        await using var world = new CrawlWorld(peers: 40, silent: 0.5);
        var frontier = new MemoryFrontier(new() { LeasePeriod = TimeSpan.FromSeconds(1) });
        world.Options.Frontier = new FaultyFrontier(frontier) { LosesLeases = !isUnavailable, FailsRenewals = isUnavailable };
        var crawler = new NetworkCrawler(world.Options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(world.Cancellation);

        var running = crawler.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => crawler.GetStatistics().Abandoned > 0);
        await stop.CancelAsync();
        await running;

        Assert.DoesNotContain(world.Visits, visit => world.IsSilent(visit.EndPoint));
    }

    /// <summary>The visit is delivered while its lease is being renewed: the answer, that it is not held, is about the past.</summary>
    [Fact]
    public async Task RunAsync_VisitEndsDuringARenewal_IsNoError()
    {
        var (renewing, delivered, ended) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        var frontier = new FaultyFrontier(new MemoryFrontier(new() { LeasePeriod = TimeSpan.FromSeconds(1) }))
        {
            OnRenew = async () =>
            {
                renewing.TrySetResult();
                await ended.Task;
            },
        };
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = frontier,
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444")],
            Dial = async (_, token) =>
            {
                await renewing.Task.WaitAsync(token);
                throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if");
            },
            OnVisit = (_, _) =>
            {
                delivered.TrySetResult();
                return default;
            },
        });
        using var stop = new CancellationTokenSource();

        var running = crawler.RunAsync(stop.Token);
        await delivered.Task;
        await Eventually.TrueAsync(() => crawler.GetStatistics().Active == 0);
        ended.SetResult();
        await stop.CancelAsync();

        await running;
    }

    /// <summary>Processes of a fleet begin at the same time and ask the same seeds: all but one find that their answers are known.</summary>
    [Fact]
    public async Task RunAsync_AnotherProcessAddsTheSeedsFirst_BeginsAtOnce()
    {
        var time = new FakeTimeProvider(); // It stands, so no pause ends.
        var frontier = new MemoryFrontier(new() { TimeProvider = time });
        var dialled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var chain = SandboxNetwork.SeededChain;
        var crawler = new NetworkCrawler(new()
        {
            Chain = chain,
            Frontier = frontier,
            Lookup = async (_, token) =>
            {
                await frontier.AddAsync(new PeerAddress[] { new(new(NetworkAddress.FromIPAddress(IPAddress.Parse("1.2.3.4")), (ushort)chain.DefaultPort), 0, default) }, token);
                return [IPAddress.Parse("1.2.3.4")];
            },
            Dial = (_, _) =>
            {
                dialled.TrySetResult();
                throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if");
            },
            TimeProvider = time,
        });
        using var stop = new CancellationTokenSource();

        var running = crawler.RunAsync(stop.Token);
        await dialled.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        await stop.CancelAsync();

        await running;
    }

    /// <summary>The only address fails too often and is forgotten: it begins again from the addresses of the options.</summary>
    [Fact]
    public async Task RunAsync_AllAddressesForgotten_BeginsAgain()
    {
        var time = new FakeTimeProvider();
        var visits = 0;
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = new MemoryFrontier(new() { MaxFailures = 1, RevisitPeriod = TimeSpan.FromSeconds(1), TimeProvider = time }),
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444")],
            Dial = static (_, _) => throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if"),
            OnVisit = (visit, _) =>
            {
                Assert.Equal(1, visit.Failures); // A new address each time.
                Interlocked.Increment(ref visits);
                return default;
            },
            TimeProvider = time,
        });
        using var stop = new CancellationTokenSource();

        var running = crawler.RunAsync(stop.Token);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
            return Volatile.Read(ref visits) >= 2;
        });
        await stop.CancelAsync();

        await running;
    }

    /// <summary>The frontier says that the round is over while the last visit is still with the program: the round ends after it.</summary>
    [Fact]
    public async Task RunAsync_RoundIsOverDuringACallback_EndsAfterIt()
    {
        var frontier = new FaultyFrontier(new MemoryFrontier());
        var (isVisited, order) = (false, new List<bool>());
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = frontier,
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444")],
            Dial = static (_, _) => throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if"),
            OnVisit = async (_, _) =>
            {
                var asked = frontier.LeaseCalls;
                await Eventually.TrueAsync(() => frontier.LeaseCalls >= asked + 3 || order.Count > 0);
                Volatile.Write(ref isVisited, true);
            },
            OnRoundEnded = (_, _) =>
            {
                order.Add(Volatile.Read(ref isVisited));
                return default;
            },
            MaxRounds = 1,
        });

        await crawler.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal([true], order);
    }

    [Fact]
    public async Task RunAsync_CallbackThrows_EndsWithItsException()
    {
        await using var world = new CrawlWorld();
        world.Options.OnVisit = static (_, _) => throw new IOException("no room");

        var exception = await Assert.ThrowsAsync<IOException>(() => new NetworkCrawler(world.Options).RunAsync(world.Cancellation));

        Assert.Equal("no room", exception.Message);
    }

    [Fact]
    public void Options_Invalid_AreNamedAtOnce()
    {
        var exception = Assert.Throws<ArgumentException>(static () => new NetworkCrawler(new()
        {
            Concurrency = 0,
            Networks = AddressNetworks.None,
            StartAddresses = null!,
            DialTimeout = TimeSpan.Zero,
            ProxiedDialTimeout = TimeSpan.Zero,
            HandshakeTimeout = TimeSpan.Zero,
            AnswerTimeout = TimeSpan.Zero,
            AskInterval = TimeSpan.FromSeconds(-1),
            MaxRounds = 0,
            TimeProvider = null!,
        }));

        Assert.All(
            ["Chain is required", "Concurrency is 0", "Networks is None", "StartAddresses is null", " DialTimeout is", "ProxiedDialTimeout is", "HandshakeTimeout is", "AnswerTimeout is", "AskInterval is", "MaxRounds is 0", "TimeProvider is null"],
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }
}
