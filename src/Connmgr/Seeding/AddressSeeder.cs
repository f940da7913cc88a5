using System.Collections.Immutable;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Brings an address book its first addresses, and helps out while a program has no peers: asks DNS seeds, seed nodes and fixed seeds, each
/// when Bitcoin Core would (<see cref="SeedingTimetable"/>), and no longer than needed. Beyond that, seeds are asked again, with growing
/// pauses, while there is no outbound peer at all. Knows no Bitcoin message: what it does to the world are the delegates of its options.
/// </summary>
/// <example>
/// <code>
/// var seeder = new AddressSeeder(new()
/// {
///     Chain = ChainParameters.Mainnet,
///     CountAddresses = networks => book.CountOf(networks),
///     AddAddresses = (addresses, source) => book.Add(addresses, source),
///     CountOutbound = () => outboundPeers,
///     AddressesAdded = manager.NotifyAddressesAvailable,
/// });
/// await seeder.RunAsync(stopping);
/// </code>
/// </example>
/// <remarks>
/// An empty book: the first seed node at once, DNS seeds all at once (30 s later when there are seed nodes), fixed seeds of what is still
/// empty after 60 s. Otherwise: a seed node every 10 s, three DNS seeds every 11 s (5 min when the book has 1000 addresses). Both end for
/// good when there are 2 outbound peers. When rare services are required and there is no peer after 5 s, seeds are asked for ordinary ones
/// too, and known peers of any services for addresses. Thread safety: all members may be used from any thread.
/// </remarks>
public sealed partial class AddressSeeder
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ChainParameters _chain;
    private readonly ImmutableArray<DnsSeed> _dnsSeeds;
    private readonly ImmutableArray<EndPoint> _seedNodes;
    private readonly ulong _services;
    private readonly ulong _fallbackServices;
    private readonly AddressNetworks _reachable;
    private readonly bool _namesGoThroughProxy;
    private readonly bool _looksUpThroughProxy;
    private readonly Func<AddressNetworks, int> _countAddresses;
    private readonly Action<IReadOnlyList<PeerAddress>, NetworkAddress> _addAddresses;
    private readonly Func<int> _countOutbound;
    private readonly Func<EndPoint, CancellationToken, ValueTask<int>>? _fetchFrom;
    private readonly Func<CancellationToken, ValueTask<int?>>? _fetchFromKnown;
    private readonly TimeSpan _fetchTimeout;
    private readonly Action? _addressesAdded;
    private readonly Action<SeedOutcome>? _onSeeded;
    private readonly DnsSeeder _dnsSeeder;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly WorkScheduler _schedule;

    private readonly Channel<Action> _messages = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SeedingRules _rules;
    private readonly FallbackRules _fallback;
    private readonly CancellationTokenSource _stop = new();
    private volatile SeedOutcome[] _outcomes = []; // Replaced by the loop, never changed.
    private ITimer? _timer;
    private long _startedAt;
    private int _hasStarted;
    private int _underWay;
    private bool _isDone;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Makes a seeder; nothing is asked before <see cref="RunAsync"/>.</summary>
    /// <param name="options">The options; later changes to them have no effect.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it.</exception>
    public AddressSeeder(AddressSeederOptions options)
        : this(options, ThreadPoolScheduler.Schedule)
    {
    }

    /// <summary>A seeder whose work off the loop a test runs.</summary>
    internal AddressSeeder(AddressSeederOptions options, WorkScheduler schedule)
    {
        OptionsErrors.ThrowIfAny(options);
        _chain = options.Chain!;
        _reachable = options.ReachableNetworks & AddressNetworks.All;
        _dnsSeeds = (_reachable & (AddressNetworks.IPv4 | AddressNetworks.IPv6)) == AddressNetworks.None ? [] : _chain.DnsSeeds;
        _seedNodes = [.. options.SeedNodes];
        _services = options.RequiredServices;
        _fallbackServices = options.FallbackServices;
        _namesGoThroughProxy = options.NamesGoThroughProxy;
        _looksUpThroughProxy = options is { NamesGoThroughProxy: true, LookupThroughProxy: not null };
        _countAddresses = options.CountAddresses!;
        _addAddresses = options.AddAddresses!;
        _countOutbound = options.CountOutbound!;
        _fetchFrom = options.FetchFrom;
        _fetchFromKnown = options.FetchFromKnown;
        _fetchTimeout = options.FetchTimeout;
        _addressesAdded = options.AddressesAdded;
        _onSeeded = options.OnSeeded;
        _timeProvider = options.TimeProvider;
        _random = options.Random ?? new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        _logger = GuardedLogger.Of<AddressSeeder>(options.LoggerFactory, _timeProvider);
        _schedule = schedule;
        _dnsSeeder = new DnsSeeder(_chain, new DnsSeederOptions
        {
            Lookup = _looksUpThroughProxy ? options.LookupThroughProxy : options.Dns.Lookup,
            LookupTimeout = options.Dns.LookupTimeout,
            MaxAttempts = options.Dns.MaxAttempts,
            RetryDelay = options.Dns.RetryDelay,
            MaxAddressesPerSeed = options.Dns.MaxAddressesPerSeed,
            TimeProvider = _timeProvider,
            Random = new Random(_random.Next()), // Of its own: it is used by several threads.
            LoggerFactory = options.LoggerFactory,
            MeterFactory = options.Dns.MeterFactory,
            InstanceName = options.Dns.InstanceName,
        });
        var fixedNetworks = _chain.FixedSeeds.Aggregate(AddressNetworks.None, (all, seed) => all | seed.Address.Network.ToSet()) & _reachable;
        _rules = new SeedingRules(new SeedingPlan(options.Timetable, _dnsSeeds.Length, _seedNodes.Length, fixedNetworks), _random);
        _fallback = NewFallback(options);
    }

    /// <summary>What each seed that has answered or failed gave the last time, in the order in which they first did.</summary>
    public IReadOnlyList<SeedOutcome> Outcomes => _outcomes;

    /// <summary>Whether the run is over and all that it began has ended.</summary>
    internal bool IsOver => (_isDone || _stop.IsCancellationRequested) && _underWay == 0;

    /// <summary>
    /// Asks seeds until there are enough outbound peers, or nobody is left to ask. Once for each seeder. It may take as long as the program
    /// runs.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><see cref="Outcomes"/>, once everything that was begun has ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; nothing is under way any more.</exception>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async Task<IReadOnlyList<SeedOutcome>> RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
            throw new InvalidOperationException("This seeder has run already: make another one.");
        Begin();
        using (_timer)
        using (cancellationToken.UnsafeRegister(static seeder => ((AddressSeeder)seeder!).Post(((AddressSeeder)seeder!).Stop), this))
        {
            do
                Pump();
            while (!IsOver && await WaitAsync().ConfigureAwait(false));
        }

        _messages.Writer.TryComplete(); // Nobody takes them any more.
        _fault?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
        return Outcomes;
    }

    /// <summary>Tells that the system's network has changed, so that seeds that failed need not wait until they are asked again.</summary>
    public void NotifyNetworkChanged() => Post(() =>
    {
        _rules.NetworkChanged();
        _fallback.NetworkChanged();
    });

    /// <summary>Begins to count time.</summary>
    internal void Begin()
    {
        _startedAt = _timeProvider.GetTimestamp();
        using (ExecutionContext.SuppressFlow())
        {
            _timer = _timeProvider.CreateTimer(
                static seeder => ((AddressSeeder)seeder!).Post(static () => { }),
                this,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Waits for a message.</summary>
    internal ValueTask<bool> WaitAsync() => _messages.Reader.WaitToReadAsync();

    /// <summary>Applies every message that is queued, then does what is due. One caller at a time.</summary>
    internal void Pump()
    {
        try
        {
            while (_messages.Reader.TryRead(out var message))
                message();
            if (_stop.IsCancellationRequested)
                return;
            var view = View();
            var step = _rules.Decide(view);
            CarryOut(step);
            var fallback = _fallback.Decide(view);
            CarryOut(fallback);
            if (Earlier(step.LookAgainAt, fallback.LookAgainAt) is { } due)
                SetTimer(due - view.Now);
            var isDone = step.IsDone && fallback.IsDone;
            if (isDone && !_isDone)
                LogEnded(_logger, view.Addresses, view.Outbound);
            _isDone = isDone;
        }
        catch (Exception exception)
        {
            // A count that can't be had. What is under way is to end first.
            _fault ??= ExceptionDispatchInfo.Capture(exception);
            Stop();
        }
    }

    private void Stop() => Cancellation.Cancel(_stop, _logger, "the seeding");

    private void Post(Action message) => _messages.Writer.TryWrite(message);

    /// <summary>
    /// Nothing when all that is required is ordinary. A seed that does not filter has one name for all services; and behind a proxy seeds
    /// are asked as peers, by their bare names.
    /// </summary>
    private FallbackRules NewFallback(AddressSeederOptions options)
    {
        if ((_services & ~_fallbackServices) == 0)
            return new FallbackRules(options.Timetable, [], asksPeers: false, _random);
        var dns = _namesGoThroughProxy
            ? []
            : Enumerable.Range(0, _dnsSeeds.Length).Where(index => _dnsSeeds[index].HasFiltering);
        return new FallbackRules(options.Timetable, dns, asksPeers: _fetchFromKnown is not null, _random);
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private SeedingView View()
    {
        var empty = AddressNetworks.None;
        foreach (var (_, network, _) in AddressNetworkTable.All)
        {
            if (_reachable.HasFlag(network) && _countAddresses(network) == 0)
                empty |= network;
        }

        return new SeedingView(_timeProvider.GetElapsedTime(_startedAt), _countAddresses(_reachable), empty, _countOutbound());
    }

    /// <summary>Timers count whole milliseconds, downwards: rounded up, it does not fire before there is something to do.</summary>
    private void SetTimer(TimeSpan wait)
    {
        var milliseconds = Math.Ceiling(Math.Clamp(wait.TotalMilliseconds, 0, LongestWait.TotalMilliseconds));
        _timer!.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
