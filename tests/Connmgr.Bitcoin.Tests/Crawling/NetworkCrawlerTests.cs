using System.Collections.Concurrent;
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

    /// <summary>Another process is connected to some of the nodes: they are not dialled, and the round ends all the same.</summary>
    [Fact]
    public async Task RunAsync_AddressesHeldElsewhere_AreLeftOut()
    {
        await using var world = new CrawlWorld();
        var (taken, claimed, released, dial) = (new ConcurrentDictionary<EndPoint, bool>(), new ConcurrentDictionary<EndPoint, bool>(), 0, world.Options.Dial!);
        world.Options.Claim = (endPoint, _, _) =>
        {
            if (((IPEndPoint)endPoint).Address.GetAddressBytes()[^1] % 3 == 0)
            {
                taken[endPoint] = true;
                return new((IDisposable?)null);
            }

            Assert.True(claimed.TryAdd(endPoint, true), "It was claimed twice.");
            return new(new Released(() =>
            {
                claimed.TryRemove(endPoint, out _);
                Interlocked.Increment(ref released);
            }));
        };
        world.Options.Dial = (endPoint, token) =>
        {
            Assert.True(claimed.ContainsKey(endPoint), "It was dialled without a claim.");
            return dial(endPoint, token);
        };
        var crawler = new NetworkCrawler(world.Options);

        await crawler.RunAsync(world.Cancellation);

        Assert.NotEmpty(taken);
        Assert.DoesNotContain(world.Visits, visit => taken.ContainsKey(visit.EndPoint.ToEndPoint()!));
        Assert.Equal((world.Visits.Count, taken.Count), (released, crawler.GetStatistics().Abandoned));
        var (round, _) = Assert.Single(world.Rounds);
        Assert.Equal((world.Visits.Count, world.Visits.Count + taken.Count), (round.Visits, round.Addresses));
    }

    /// <summary>The claim is lost during the dial: the visit ends, and the address is visited again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ClaimIsLostOrFails_VisitsAgain(bool fails)
    {
        var (claims, dials, time) = (0, 0, new FakeTimeProvider());
        Action? onLost = null;
        var frontier = new MemoryFrontier(new() { TimeProvider = time });
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = frontier,
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444")],
            Claim = (_, lost, _) =>
            {
                onLost = lost;
                return Interlocked.Increment(ref claims) == 1 && fails ? throw new IOException("Redis is away") : new(new Released(static () => { }));
            },
            Dial = async (_, token) =>
            {
                if (Interlocked.Increment(ref dials) == 1 && !fails)
                {
                    onLost!();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }

                throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if");
            },
            MaxRounds = 1,
            TimeProvider = time,
        });

        var running = crawler.RunAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
            return running.IsCompleted;
        });
        await running;

        Assert.Equal((2, fails ? 1 : 2, 1, 1), (claims, dials, crawler.GetStatistics().Visits, crawler.GetStatistics().Abandoned));
    }

    /// <summary>The network of the machine is down for a while, in the middle of a round: no node counts as dead by that.</summary>
    [Fact]
    public async Task RunAsync_OwnNetworkIsDown_PausesAndTakesNoNodeForDead()
    {
        await using var world = new CrawlWorld(peers: 300);
        var (isDown, changes, dial) = (false, new List<bool>(), world.Options.Dial!);
        world.Options.StartAddresses = [.. world.Sandbox.Hosts.Select(static host => NetworkEndPoint.Parse(host.EndPoint.ToString()!))];
        world.Options.Concurrency = 1; // No dial is under way when it goes down, which could succeed all the same.
        world.Options.Dial = (endPoint, token) => Volatile.Read(ref isDown) ? throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Timeout, "as if") : dial(endPoint, token);
        var onVisit = world.Options.OnVisit!;
        world.Options.OnVisit = (visit, token) =>
        {
            if (world.Visits.Count == 60)
                Volatile.Write(ref isDown, true);
            return onVisit(visit, token);
        };
        world.Options.OnOutageChanged = isOutage =>
        {
            lock (changes)
                changes.Add(isOutage);
        };
        var crawler = new NetworkCrawler(world.Options);

        var running = crawler.RunAsync(world.Cancellation);
        await Eventually.TrueAsync(() => crawler.GetStatistics().IsOutage);
        await Eventually.TrueAsync(async () => await world.Frontier.GetStatusAsync() is { Leased: 0 }); // All are due again.
        Volatile.Write(ref isDown, false);
        await running;

        Assert.Equal([true, false], changes);
        Assert.Equal(300, world.Visits.DistinctBy(static visit => visit.EndPoint).Count());
        Assert.Equal(300, world.Visits.Count);
        Assert.All(world.Visits, visit => Assert.Equal(world.IsReachable(visit.EndPoint), visit.IsReachable));
        Assert.False(crawler.GetStatistics().IsOutage);
    }

    /// <summary>Two processes share a frontier, and the network of one is down: it leaves the addresses to the other.</summary>
    [Fact]
    public async Task RunAsync_NetworkOfOneOfTwoIsDown_TheOtherVisitsAll()
    {
        await using var world = new CrawlWorld(peers: 100);
        await using var other = new CrawlWorld();
        world.Options.StartAddresses = [.. world.Sandbox.Hosts.Select(static host => NetworkEndPoint.Parse(host.EndPoint.ToString()!))];
        (world.Options.Concurrency, other.Options.Concurrency) = (1, 20);
        (other.Options.Frontier, other.Options.StartAddresses) = (world.Frontier, world.Options.StartAddresses);
        other.Options.Dial = static (_, _) => throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Timeout, "as if");
        var (first, second) = (new NetworkCrawler(world.Options), new NetworkCrawler(other.Options));

        await Task.WhenAll(first.RunAsync(world.Cancellation), second.RunAsync(world.Cancellation));

        Assert.Empty(other.Visits);
        Assert.Equal(100, world.Visits.Count);
        Assert.All(world.Visits, visit => Assert.Equal(world.IsReachable(visit.EndPoint), visit.IsReachable));
    }

    /// <summary>Nothing answers from the start: few addresses are dialled meanwhile, and none is completed.</summary>
    [Fact]
    public async Task RunAsync_OutageFromTheStart_DialsFewAndCompletesNone()
    {
        var (isDown, dials, time) = (true, 0, new FakeTimeProvider());
        var frontier = new MemoryFrontier(new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0, TimeProvider = time });
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            Frontier = frontier,
            StartAddresses = [.. Enumerable.Range(1, 80).Select(static i => NetworkEndPoint.Parse(FormattableString.Invariant($"{i}.2.3.4:18444")))],
            Concurrency = 10,
            Dial = (_, _) =>
            {
                Interlocked.Increment(ref dials);
                throw new ConnectFailedException(ConnectPhase.Tcp, Volatile.Read(ref isDown) ? ConnectFailureCause.Unreachable : ConnectFailureCause.Refused, "as if");
            },
            MaxRounds = 1,
            TimeProvider = time,
        });

        var running = crawler.RunAsync(TestContext.Current.CancellationToken);
        await AdvanceUntilAsync(() => crawler.GetStatistics().IsOutage);
        var (before, began) = (Volatile.Read(ref dials), time.GetUtcNow());
        await AdvanceUntilAsync(() => Volatile.Read(ref dials) >= before + 40);
        Assert.True(time.GetUtcNow() - began > TimeSpan.FromSeconds(30), $"40 dials within {time.GetUtcNow() - began}");
        Assert.Equal(0, (await frontier.GetStatusAsync()).Completed);
        Volatile.Write(ref isDown, false);
        await AdvanceUntilAsync(() => running.IsCompleted);
        await running;

        Assert.Equal(80, crawler.GetStatistics().Visits);

        Task AdvanceUntilAsync(Func<bool> isDone) => Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return isDone();
        });
    }

    /// <summary>A few addresses, all dead, are no outage: the round ends.</summary>
    [Fact]
    public async Task RunAsync_FewDeadAddresses_EndsTheRound()
    {
        var visits = new ConcurrentQueue<CrawlVisit>();
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            StartAddresses = [NetworkEndPoint.Parse("1.2.3.4:18444"), NetworkEndPoint.Parse("5.6.7.8:18444")],
            Dial = static (_, _) => throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Timeout, "as if"),
            OnVisit = (visit, _) =>
            {
                visits.Enqueue(visit);
                return default;
            },
            MaxRounds = 1,
        });

        await crawler.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 1], visits.Select(static visit => visit.Failures));
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

    private sealed class Released(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
