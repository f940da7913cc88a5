using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Seeding;

public class DnsSeederTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly DnsSeed A = new("a.example", supportsServiceFilter: true);
    private static readonly DnsSeed B = new("b.example", supportsServiceFilter: true);
    private static readonly DnsSeed C = new("c.example", supportsServiceFilter: false);

    private readonly FakeTimeProvider _clock = new(Now);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 1UL, "a.example")]
    [InlineData(true, 0UL, "a.example")]
    [InlineData(true, 0x409UL, "x409.a.example")]
    [InlineData(true, 0xC0DUL, "xc0d.a.example")]
    [InlineData(true, ulong.MaxValue, "xffffffffffffffff.a.example")]
    [InlineData(false, 0x409UL, "a.example")]
    public async Task SeedAsync_ForServices_AsksBySeedsRule(bool hasFiltering, ulong services, string expected)
    {
        var asked = new ConcurrentQueue<string>();
        var seeder = Seeder([new DnsSeed("a.example", hasFiltering)], (host, _) =>
        {
            asked.Enqueue(host);
            return Answer("192.0.2.1");
        });

        var result = await seeder.SeedAsync(services, cancellationToken: Token);

        Assert.Equal(expected, Assert.Single(asked));
        Assert.Equal(expected, Assert.Single(result.Seeds).Host);
    }

    [Fact]
    public async Task SeedAsync_ForAddresses_GivesPortServicesAndAge_D26()
    {
        var addresses = Enumerable.Range(0, 200).Select(i => $"192.0.2.{i}").ToArray();
        var seeder = Seeder([A], (_, _) => Answer(addresses), options => options.MaxAddressesPerSeed = 200);

        var result = await seeder.SeedAsync(0x409, cancellationToken: Token);

        var peers = result.Seeds[0].Addresses;
        Assert.Equal(addresses, peers.Select(peer => peer.EndPoint.Address.ToString()), StringComparer.Ordinal);
        Assert.All(peers, peer =>
        {
            Assert.Equal(8333, peer.EndPoint.Port);
            Assert.Equal(0x409UL, peer.Services);
            var age = Now - peer.LastSeen;
            Assert.InRange(age, TimeSpan.FromDays(3), TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
            Assert.Equal(0, age.Ticks % TimeSpan.TicksPerSecond);
        });
        Assert.True(peers.Select(peer => peer.LastSeen).Distinct().Count() > 190, "The ages are spread.");
        Assert.Contains(peers, peer => Now - peer.LastSeen > TimeSpan.FromDays(6));
        Assert.Contains(peers, peer => Now - peer.LastSeen < TimeSpan.FromDays(4));
    }

    [Fact]
    public async Task SeedAsync_WithSameRandomSeed_GivesSameAges()
    {
        var first = await Seeder([A], (_, _) => Answer("192.0.2.1", "192.0.2.2")).SeedAsync(1, cancellationToken: Token);
        var second = await Seeder([A], (_, _) => Answer("192.0.2.1", "192.0.2.2")).SeedAsync(1, cancellationToken: Token);

        Assert.Equal(first.Seeds[0].Addresses, second.Seeds[0].Addresses);
    }

    [Fact]
    public async Task SeedAsync_ForDuplicateAndUnspecifiedAddresses_DropsThem_D26()
    {
        var seeder = Seeder(
            [A],
            (_, _) => Answer(
                "192.0.2.1", "2001:db8::1", "192.0.2.1", "::ffff:192.0.2.1", "0.0.0.0", "::", "::ffff:0.0.0.0", "2001:db8::1"));

        var result = await seeder.SeedAsync(1, cancellationToken: Token);

        Assert.Equal(
            [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")],
            result.Seeds[0].Addresses.Select(peer => peer.EndPoint.Address.ToIPAddress()));
    }

    [Fact]
    public async Task SeedAsync_ForManyAddresses_TakesTheFirst32_D26()
    {
        var seeder = Seeder([A], (_, _) => Answer([.. Enumerable.Range(0, 200).Select(i => $"192.0.2.{i}")]));

        var result = await seeder.SeedAsync(1, cancellationToken: Token);

        Assert.Equal(32, result.AddressCount);
        Assert.Equal("192.0.2.31", result.Seeds[0].Addresses[^1].EndPoint.Address.ToString());
    }

    [Fact]
    public async Task SeedAsync_ForSeveralSeeds_CallsBackOnceForEachThatGaveAddresses()
    {
        var calls = new List<(DnsSeed, string)>();
        var seeder = Seeder([A, B, C], (host, _) => IsB(host) ? Answer() : Answer(IsA(host) ? "192.0.2.1" : "192.0.2.3"));

        var result = await seeder.SeedAsync(1, (seed, peers, _) =>
        {
            calls.Add((seed, Assert.Single(peers).EndPoint.ToString()));
            return ValueTask.CompletedTask;
        }, Token);

        Assert.Equal([(A, "192.0.2.1:8333"), (C, "192.0.2.3:8333")], calls.OrderBy(call => call.Item1.Host, StringComparer.Ordinal));
        Assert.Equal(3, result.Seeds.Count);
        Assert.Equal(2, result.Seeds.Count(static seed => seed.Failure == DnsSeedFailure.None));
        Assert.Equal(2, result.AddressCount);
        Assert.Equal(DnsSeedFailure.NoAddresses, result.Seeds.Single(seed => seed.Seed == B).Failure);
    }

    [Fact]
    public async Task SeedAsync_ForSeveralSeeds_LooksThemUpAtTheSameTime()
    {
        var arrived = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seeder = Seeder([A, B, C], async (_, _) =>
        {
            if (Interlocked.Increment(ref arrived) == 3)
                all.SetResult();
            await all.Task;
            return [IPAddress.Loopback];
        });

        var result = await seeder.SeedAsync(1, cancellationToken: Token);

        Assert.Equal(3, result.AddressCount);
    }

    [Fact]
    public async Task SeedAsync_WhileACallbackRuns_MakesNoOther_D26()
    {
        var inside = 0;
        var overlapped = false;
        var seeds = Enumerable.Range(0, 20).Select(i => new DnsSeed($"{i}.example", supportsServiceFilter: true)).ToArray();
        var seeder = Seeder(seeds, (_, _) => Answer("192.0.2.1"));

        await seeder.SeedAsync(1, async (_, _, _) =>
        {
            overlapped |= Interlocked.Increment(ref inside) > 1;
            await Task.Yield();
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        }, Token);

        Assert.False(overlapped);
    }

    [Fact]
    public async Task SeedAsync_WhenACallbackThrows_GoesOnAndTells()
    {
        var logs = new FakeLogCollector();
        var calls = 0;
        var seeder = Seeder([A, B], (_, _) => Answer("192.0.2.1"), options => options.LoggerFactory = Logger(logs));

        var result = await seeder.SeedAsync(1, (_, _, _) =>
        {
            calls++;
            throw new InvalidOperationException("full");
        }, Token);

        Assert.Equal(2, calls);
        Assert.Equal(2, result.AddressCount);
        Assert.All(result.Seeds, seed => Assert.Equal("full", Assert.IsType<InvalidOperationException>(seed.CallbackException).Message));
        Assert.Equal(2, logs.GetSnapshot().Count(log => log.Id.Id == 303));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SeedAsync_WhenALookupThrows_TellsAndGivesTheOthers(bool synchronously)
    {
        var seeder = Seeder([A, B], (host, _) => !IsA(host) ? Answer("192.0.2.1")
            : synchronously ? throw new SocketException((int)SocketError.HostNotFound)
            : ValueTask.FromException<IReadOnlyList<IPAddress>>(new SocketException((int)SocketError.HostNotFound)));

        var result = await seeder.SeedAsync(1, cancellationToken: Token);

        var failed = result.Seeds.Single(seed => seed.Seed == A);
        Assert.Equal(DnsSeedFailure.LookupFailed, failed.Failure);
        Assert.IsType<SocketException>(failed.Exception);
        Assert.Empty(failed.Addresses);
        Assert.Equal(1, result.AddressCount);
    }

    [Fact]
    public async Task AskAsync_WhenALookupFails_RepeatsItWithPauses_D26()
    {
        var lookups = 0;
        var timers = new CountingTimeProvider(_clock);
        var seeder = Seeder(
            [],
            (_, _) => Interlocked.Increment(ref lookups) < 3 ? throw new SocketException((int)SocketError.TryAgain) : Answer("192.0.2.1"),
            options => options.TimeProvider = timers);

        var asking = seeder.AskAsync(A, 1, Token);
        foreach (var pause in (int[])[1, 2])
        {
            await UntilAsync(() => timers.Timers == 2); // The deadline, and the pause.
            _clock.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromTicks(1));
            Assert.Equal(pause, lookups);
            Assert.Equal(2, timers.Timers);
            _clock.Advance(TimeSpan.FromTicks(1));
            await UntilAsync(() => lookups == pause + 1);
        }

        var outcome = await asking;
        Assert.Equal(DnsSeedFailure.None, outcome.Failure);
        Assert.Null(outcome.Exception);
        Assert.Equal(3, outcome.Attempts);
        Assert.Single(outcome.Addresses);
        Assert.Equal(0, timers.Timers);
    }

    [Fact]
    public async Task AskAsync_WhenEveryLookupFails_GivesUpAfterMaxAttempts()
    {
        var lookups = 0;
        var seeder = Seeder([], (_, _) => throw new InvalidOperationException($"{++lookups}"), options => options.RetryDuration = TimeSpan.Zero);

        var outcome = await seeder.AskAsync(A, 1, Token);

        Assert.Equal(DnsSeedFailure.LookupFailed, outcome.Failure);
        Assert.Equal("3", outcome.Exception?.Message);
        Assert.Equal(3, outcome.Attempts);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.NoData)]
    public async Task AskAsync_WhenThereIsNoSuchName_DoesNotAskAgain(SocketError error)
    {
        var seeder = Seeder([], (_, _) => throw new SocketException((int)error), options => options.RetryDuration = TimeSpan.Zero);

        var outcome = await seeder.AskAsync(A, 1, Token);

        Assert.Equal(DnsSeedFailure.LookupFailed, outcome.Failure);
        Assert.Equal(1, outcome.Attempts);
    }

    [Fact]
    public async Task AskAsync_WhenTimeRunsOutBetweenAttempts_TellsWhatTheLastOneThrew()
    {
        var timers = new CountingTimeProvider(_clock);
        var seeder = Seeder([], (_, _) => throw new InvalidOperationException("refused"), options =>
        {
            options.TimeProvider = timers;
            options.RetryDuration = TimeSpan.FromHours(1);
        });

        var asking = seeder.AskAsync(A, 1, Token);
        await UntilAsync(() => timers.Timers == 2);
        _clock.Advance(TimeSpan.FromSeconds(60));
        var outcome = await asking;

        Assert.Equal(DnsSeedFailure.LookupFailed, outcome.Failure);
        Assert.Equal("refused", outcome.Exception?.Message);
        Assert.Equal(1, outcome.Attempts);
    }

    [Fact]
    public void Source_OfASeed_IsItsOwnWhateverServices()
    {
        Assert.Equal(NetworkAddress.FromName("a.example"), A.Source);
        Assert.NotEqual(A.Source, B.Source);
        Assert.NotEqual(Netgroup.FromAddress(A.Source), Netgroup.FromAddress(B.Source));
    }

    [Fact]
    public async Task SeedAsync_WhenALookupGivesNull_CountsAsNoAddresses()
    {
        var result = await Seeder([A], (_, _) => new ValueTask<IReadOnlyList<IPAddress>>((IReadOnlyList<IPAddress>)null!))
            .SeedAsync(1, cancellationToken: Token);

        Assert.Equal(DnsSeedFailure.NoAddresses, result.Seeds[0].Failure);
    }

    [Fact]
    public async Task SeedAsync_WhenALookupIgnoresItsToken_EndsAtTheDeadline_D26()
    {
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        var handed = new TaskCompletionSource();
        var seeder = Seeder([A, B], (host, _) => IsA(host) ? new(never.Task) : Answer("192.0.2.1"));

        var seeding = seeder.SeedAsync(1, (_, _, _) =>
        {
            handed.SetResult();
            return ValueTask.CompletedTask;
        }, Token);

        // The one that answers is handed over before the other's deadline.
        await handed.Task;
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(seeding.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var result = await seeding;

        var late = result.Seeds.Single(seed => seed.Seed == A);
        Assert.Equal(DnsSeedFailure.Timeout, late.Failure);
        Assert.Equal(TimeSpan.FromSeconds(60), late.Duration);
        Assert.Equal(1, result.AddressCount);
    }

    [Fact]
    public async Task SeedAsync_WhenALookupBlocksItsThread_EndsAtTheDeadline()
    {
        using var gate = new SemaphoreSlim(0);
        var seeder = Seeder([A], (_, _) =>
        {
#pragma warning disable VSTHRD103 // Blocking is what is tested.
            gate.Wait(Token);
#pragma warning restore VSTHRD103
            return Answer("192.0.2.1");
        });

        var seeding = seeder.SeedAsync(1, cancellationToken: Token);
        _clock.Advance(TimeSpan.FromSeconds(60));
        var result = await seeding;
        gate.Release();

        Assert.Equal(DnsSeedFailure.Timeout, result.Seeds[0].Failure);
    }

    [Fact]
    public async Task SeedAsync_WhenALookupHonoursItsToken_CancelsItAtTheDeadline()
    {
        var canceled = new TaskCompletionSource();
        var seeder = Seeder([A], async (_, token) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _clock, token);
            }
            catch (OperationCanceledException)
            {
                canceled.SetResult();
            }

            throw new InvalidOperationException("late");
        });

        var seeding = seeder.SeedAsync(1, cancellationToken: Token);
        _clock.Advance(TimeSpan.FromSeconds(60));
        var result = await seeding;
        await canceled.Task;

        Assert.Equal(DnsSeedFailure.Timeout, result.Seeds[0].Failure);
        Assert.Null(result.Seeds[0].Exception);
    }

    [Fact]
    public async Task SeedAsync_WhenCanceled_DoesNotWaitForLookupsAndCallsNobodyBack_D26()
    {
        using var source = new CancellationTokenSource();
        var never = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        var calls = 0;
        var seeder = Seeder([A, B, C], (_, _) => new(never.Task));
        var seeding = seeder.SeedAsync(1, (_, _, _) =>
        {
            calls++;
            return ValueTask.CompletedTask;
        }, source.Token);

        await source.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => seeding);
        never.SetResult([IPAddress.Loopback]);

        Assert.Equal(source.Token, thrown.CancellationToken);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task SeedAsync_WhenCanceledDuringACallback_WaitsForTheCallback()
    {
        using var source = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var seeder = Seeder([A, B], (_, _) => Answer("192.0.2.1"));
        var calls = 0;
        var seeding = seeder.SeedAsync(1, async (_, _, _) =>
        {
            calls++;
            begun.SetResult();
            await end.Task;
        }, source.Token);

        await begun.Task;
        await source.CancelAsync();
        Assert.False(seeding.IsCompleted);
        end.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => seeding);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task SeedAsync_WhenCanceledBefore_LooksNothingUp()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var seeder = Seeder([A], (_, _) => throw new InvalidOperationException("looked up"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => seeder.SeedAsync(1, cancellationToken: source.Token));
    }

    [Fact]
    public async Task SeedAsync_ForChainWithoutSeeds_GivesNothing()
    {
        var result = await new DnsSeeder(ChainParameters.Regtest).SeedAsync(1, cancellationToken: Token);

        Assert.Empty(result.Seeds);
        Assert.Equal(0, result.AddressCount);
    }

    [Fact]
    public async Task SeedAsync_WithSystemResolver_TakesAddressLiteralsAndLocalNames()
    {
        var chain = ChainParameters.Regtest with { DnsSeeds = [new("127.0.0.1", false), new("::1", false), new("localhost", false)] };

        var result = await new DnsSeeder(chain).SeedAsync(1, cancellationToken: Token);

        Assert.All(result.Seeds, seed => Assert.Equal(DnsSeedFailure.None, seed.Failure));
        Assert.All(result.Seeds, seed => Assert.All(seed.Addresses, peer => Assert.True(IPAddress.IsLoopback(peer.EndPoint.Address.ToIPAddress()!))));
    }

    [Theory]
    [InlineData("seed.example", "seed.example.")]
    [InlineData("seed.example.", "seed.example.")]
    [InlineData("localhost", "localhost")]
    public void AbsoluteName_OfHost_IsSafeFromSearchDomains(string host, string expected) =>
        Assert.Equal(expected, SystemResolver.AbsoluteName(host));

    [Fact]
    public async Task SeedAsync_WithLogger_SaysWhatEachSeedGave()
    {
        var logs = new FakeLogCollector();
        var seeder = Seeder(
            [A, B],
            (host, _) => IsA(host) ? Answer("192.0.2.1") : throw new SocketException((int)SocketError.HostNotFound),
            options => options.LoggerFactory = Logger(logs));

        await seeder.SeedAsync(1, cancellationToken: Token);

        Assert.Equal([300, 301], logs.GetSnapshot().Select(log => log.Id.Id).Order());
        Assert.Contains(logs.GetSnapshot(), log => log.Message.Equals("DNS seed a.example gave 1 addresses.", StringComparison.Ordinal));
    }

    [Fact]
    public void Constructor_OfBadOptions_NamesTheOption()
    {
        Assert.Throws<ArgumentNullException>("chain", () => new DnsSeeder(null!));
        Assert.Contains("LookupTimeout", Bad(new DnsSeederOptions { LookupTimeout = TimeSpan.Zero }), StringComparison.Ordinal);
        Assert.Contains("LookupTimeout", Bad(new DnsSeederOptions { LookupTimeout = TimeSpan.FromDays(30) }), StringComparison.Ordinal);
        Assert.Contains("MaxAttempts", Bad(new DnsSeederOptions { MaxAttempts = 0 }), StringComparison.Ordinal);
        Assert.Contains("RetryDuration", Bad(new DnsSeederOptions { RetryDuration = TimeSpan.FromTicks(-1) }), StringComparison.Ordinal);
        Assert.Contains("RetryDuration", Bad(new DnsSeederOptions { RetryDuration = TimeSpan.FromDays(10) }), StringComparison.Ordinal);
        Assert.Contains("MaxAddressesPerSeed", Bad(new DnsSeederOptions { MaxAddressesPerSeed = 0 }), StringComparison.Ordinal);
        Assert.Contains("TimeProvider", Bad(new DnsSeederOptions { TimeProvider = null! }), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("chain", () => new DnsSeeder(ChainParameters.Mainnet with { DefaultPort = 0 }));

        static string Bad(DnsSeederOptions options) =>
            Assert.Throws<ArgumentException>(nameof(options), () => new DnsSeeder(ChainParameters.Mainnet, options)).Message;
    }

    private static bool IsA(string host) => host.Equals("a.example", StringComparison.Ordinal);

    private static bool IsB(string host) => host.Equals("b.example", StringComparison.Ordinal);

    private DnsSeeder Seeder(DnsSeed[] seeds, LookupFunc lookup, Action<DnsSeederOptions>? configure = null)
    {
        var options = new DnsSeederOptions { Lookup = lookup, TimeProvider = _clock, Random = new Random(7) };
        configure?.Invoke(options);
        return new DnsSeeder(ChainParameters.Mainnet with { DnsSeeds = [.. seeds] }, options);
    }

    /// <summary>Waits for what another thread does at once.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static Microsoft.Extensions.Logging.LoggerFactory Logger(FakeLogCollector logs) => new([new FakeLoggerProvider(logs)]);

    private static ValueTask<IReadOnlyList<IPAddress>> Answer(params string[] addresses) =>
        new(addresses.Select(IPAddress.Parse).ToArray());

    [Fact]
    public async Task AskAsync_ALoggerThatThrows_HarmsNobody()
    {
        var seeder = new DnsSeeder(ChainParameters.Mainnet, new()
        {
            Lookup = static (_, _) => new([IPAddress.Parse("8.8.8.8")]),
            LoggerFactory = new Connections.ThrowingLoggerFactory(),
        });

        var outcome = await seeder.AskAsync(new("seed.example", supportsServiceFilter: false), 0, TestContext.Current.CancellationToken);

        Assert.Single(outcome.Addresses);
    }
}
