using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Fills an address book with its first addresses, and helps while a program has no peers. Asks DNS seeds, seed nodes and fixed seeds, each
/// when Bitcoin Core would (<see cref="SeedingTimetable"/>), and no longer than needed. In addition, asks seeds again, with growing pauses,
/// while there is no outbound peer. Does not know the Bitcoin protocol: it acts only through the delegates of its options.
/// </summary>
/// <example>
/// <code>
/// var seeder = new AddressSeeder(new()
/// {
///     Chain = ChainParameters.Mainnet,
///     CountAddresses = networks => book.GetCount(networks),
///     AddAddresses = (addresses, source) => book.Add(addresses, source),
///     CountOutbound = () => outboundPeers,
///     OnAddressesAdded = manager.NotifyAddressesAvailable,
/// });
/// await seeder.RunAsync(stopping);
/// </code>
/// </example>
/// <remarks>
/// If the book is empty: the first seed node at once, all DNS seeds at once (30 s later if there are seed nodes), whose answers are added
/// together, at most 1 s after the first, and after 60 s the fixed seeds of the networks that still have no address. Otherwise: a seed node every 10 s, and three DNS seeds every 11 s (every 5 min if the
/// book has 1000 addresses). Both end for good when there are 2 outbound peers. If rare services are required and there is no peer after 5
/// s, also asks DNS seeds for peers with ordinary services, and known peers of any services for addresses. Thread safety: all members may
/// be used from any thread.
/// </remarks>
public sealed partial class AddressSeeder
{
    private const string FixedName = "fixed seeds";
    private const string KnownName = "known peers";

    private readonly AddressSeederOptions _options; // A copy.
    private readonly SeedClient _client;
    private readonly SeedIntake _intake;
    private readonly ImmutableArray<DnsSeed> _dnsSeeds;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random; // Used by the loop only.
    private readonly ILogger _logger;
    private readonly WorkScheduler _schedule;

    private readonly Channel<Action> _messages = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly EarliestTimer _timer;
    private readonly SeedingRules _rules;
    private readonly FallbackRules _fallback;
    private readonly FirstAnswers<Action> _firstAnswers;
    private readonly CancellationTokenSource _stop = new();
    private long _startedAt;
    private int _hasStarted;

    /// <summary>
    /// The number of seeds and known peers that are being asked, from <see cref="Start"/> to the message that ends each. Used by the loop
    /// only.
    /// </summary>
    private int _underWay;

    private bool _isDone;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Creates a seeder; nothing is asked before <see cref="RunAsync"/>.</summary>
    /// <param name="options">The options; later changes to them have no effect.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it.</exception>
    public AddressSeeder(AddressSeederOptions options)
        : this(options, ThreadPoolScheduler.Schedule)
    {
    }

    /// <summary>Creates a seeder for a test, which runs the work outside the loop.</summary>
    internal AddressSeeder(AddressSeederOptions options, WorkScheduler schedule)
    {
        OptionsErrors.ThrowIfAny(options);
        _options = options.Copy();
        _schedule = schedule;
        _timeProvider = _options.TimeProvider;
        _random = DefaultRandom.Get(_options.Random);
        _logger = GuardedLogger.Create<AddressSeeder>(_options.LoggerFactory, _timeProvider);
        _timer = new EarliestTimer(_timeProvider, () => Post(OnTimer));
        _dnsSeeds = (_options.ReachableNetworks & (AddressNetworks.IPv4 | AddressNetworks.IPv6)) == AddressNetworks.None ? [] : _options.Chain!.DnsSeeds;
        _client = new SeedClient(_options, _dnsSeeds, DefaultRandom.Fork(_options.Random), _logger);
        _intake = new SeedIntake(_options, _logger);
        _rules = new SeedingRules(new SeedingPlan(_options.Timetable, _dnsSeeds.Length, _options.SeedNodes.Count, FixedNetworks()), _random);
        _fallback = CreateFallback();
        _firstAnswers = new(_options.Timetable.FirstAnswersWait);
    }

    /// <summary>The last outcome of each seed that has answered or failed, in the order of the first outcomes.</summary>
    public IReadOnlyList<SeedOutcome> Outcomes => _intake.Outcomes;

    /// <summary>True when the run is over and everything that it started has ended.</summary>
    internal bool IsOver => (_isDone || _stop.IsCancellationRequested) && _underWay == 0;

    /// <summary>True while answers of seeds wait for those of others. Used by tests and the loop.</summary>
    internal bool HoldsAnswers => _firstAnswers.DueAt is not null;

    private TimeSpan Now => _timeProvider.GetElapsedTime(_startedAt);

    /// <summary>
    /// Asks seeds until there are enough outbound peers or no seed is left to ask. May be called once per seeder. It can take as long as
    /// the program runs.
    /// </summary>
    /// <param name="cancellationToken">Stops the seeding.</param>
    /// <returns><see cref="Outcomes"/>, once everything that was started has ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; nothing is running any more.</exception>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async Task<IReadOnlyList<SeedOutcome>> RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
            throw new InvalidOperationException("This seeder has already run: create another one.");
        Begin();
        using (_timer)
        using (cancellationToken.UnsafeRegister(static seeder => ((AddressSeeder)seeder!).Post(((AddressSeeder)seeder!).Stop), this))
        {
            do
                Pump();
            while (!IsOver && await WaitAsync().ConfigureAwait(false));
        }

        _messages.Writer.TryComplete(); // They are no longer read.
        _fault?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
        return Outcomes;
    }

    /// <summary>Reports that the system's network has changed, so that seeds that failed are asked again without their pause.</summary>
    public void NotifyNetworkChanged() => Post(() =>
    {
        _rules.NetworkChanged();
        _fallback.NetworkChanged();
    });

    /// <summary>Starts the clock of the seeding.</summary>
    internal void Begin() => _startedAt = _timeProvider.GetTimestamp();

    /// <summary>Waits for a message.</summary>
    internal ValueTask<bool> WaitAsync() => _messages.Reader.WaitToReadAsync();

    /// <summary>Applies all queued messages, then does what is due. This is the loop: only one caller at a time.</summary>
    internal void Pump()
    {
        try
        {
            while (_messages.Reader.TryRead(out var message))
                message();
            _intake.AddTogether(_firstAnswers.Take(_stop.IsCancellationRequested ? TimeSpan.MaxValue : Now));
            if (_stop.IsCancellationRequested)
                return;
            var view = View();
            var step = _rules.Decide(view);
            Execute(step, isFirst: view.Addresses == 0);
            var fallback = _fallback.Decide(view);
            Execute(fallback);
            if (Earlier(Earlier(step.LookAgainAt, fallback.LookAgainAt), _firstAnswers.DueAt) is { } due)
                _timer.Set(due, view.Now);
            var isDone = step.IsDone && fallback.IsDone;
            if (isDone && !_isDone)
                LogEnded(_logger, view.Addresses, view.Outbound);
            _isDone = isDone;
        }
        catch (Exception exception)
        {
            // A count is not available. Work that is running ends first.
            _fault ??= ExceptionDispatchInfo.Capture(exception);
            Stop();
        }
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private void Stop() => Cancellation.Cancel(_stop, _logger, "the seeding");

    private void Post(Action message) => _messages.Writer.TryWrite(message);

    private AddressNetworks FixedNetworks() =>
        _options.Chain!.FixedSeeds.Aggregate(AddressNetworks.None, static (all, seed) => all | seed.Address.Network.ToSet()) & _options.ReachableNetworks;

    /// <summary>
    /// Creates the rules for asking for ordinary services. They ask nothing if only ordinary services are required. They do not ask DNS
    /// seeds without a service filter, which have one name for all services, nor DNS seeds behind a proxy, which are asked as peers by
    /// their bare names.
    /// </summary>
    private FallbackRules CreateFallback()
    {
        if ((_options.RequiredServices & ~_options.FallbackServices) == 0)
            return new FallbackRules(_options.Timetable, [], asksPeers: false, _random);
        var dns = _options.ResolveNamesThroughProxy ? [] : Enumerable.Range(0, _dnsSeeds.Length).Where(index => _dnsSeeds[index].SupportsServiceFilter);
        return new FallbackRules(_options.Timetable, dns, asksPeers: _options.FetchFromKnown is not null, _random);
    }

    private SeedingView View()
    {
        var empty = AddressNetworks.None;
        foreach (var (_, network, _) in AddressNetworkTable.All)
        {
            if (_options.ReachableNetworks.HasFlag(network) && _options.CountAddresses!(network) == 0)
                empty |= network;
        }

        return new SeedingView(Now, _options.CountAddresses!(_options.ReachableNetworks), empty, _options.CountOutbound!());
    }

    private void Execute(SeedingStep step, bool isFirst)
    {
        if (step.Fixed != AddressNetworks.None)
            AddFixedSeeds(step.Fixed);
        if (step.Node is { } node)
            Start(() => AskNodeAsync(node));
        foreach (var index in step.Dns)
        {
            if (_options.ResolveNamesThroughProxy)
                Start(() => AskDnsSeedThroughProxyAsync(index));
            else
                StartLookup(index, _options.RequiredServices, isFirst, OnLookedUp);
            foreach (var services in GetAdditionalServices(_dnsSeeds[index]))
                StartLookup(index, services, isFirst && !_options.ResolveNamesThroughProxy, OnMoreLookedUp);
        }
    }

    /// <summary>Gets the further services to ask a DNS seed for; none of a seed that has one name for all, or that can't be looked up.</summary>
    private IReadOnlyList<ulong> GetAdditionalServices(DnsSeed seed) =>
        seed.SupportsServiceFilter && (!_options.ResolveNamesThroughProxy || _options.LookupThroughProxy is not null) ? _options.AdditionalServices : [];

    private void Execute(FallbackStep step)
    {
        foreach (var index in step.Dns)
            StartLookup(index, _options.FallbackServices, isFirst: false, OnOrdinaryLookedUp);
        if (step.AsksPeer)
            Start(AskKnownAsync);
    }

    /// <summary>Starts a look-up. If it is one of the first, its answer waits for the others.</summary>
    private void StartLookup(int index, ulong services, bool isFirst, Action<int, DnsSeedOutcome?> onLookedUp)
    {
        if (isFirst)
            _firstAnswers.Expect();
        Start(() => LookUpAsync(index, services, isFirst, onLookedUp));
    }

    /// <summary>Starts work outside the loop. The work throws nothing, and ends with a message that decrements the count.</summary>
    private void Start(Func<Task> ask)
    {
        _underWay++;
        _schedule(static ask => ((Func<Task>)ask)(), ask);
    }

    // The work outside the loop: ask, then post the answer.

    private async Task AskNodeAsync(int index)
    {
        var answer = await _client.FetchFromNodeAsync(index, _stop.Token).ConfigureAwait(false);
        Post(() => OnFetched(index, answer));
    }

    private async Task LookUpAsync(int index, ulong services, bool isFirst, Action<int, DnsSeedOutcome?> onLookedUp)
    {
        var lookup = await _client.LookUpAsync(index, services, _stop.Token).ConfigureAwait(false);
        Action answer = () => onLookedUp(index, lookup);
        Post(isFirst ? () => _firstAnswers.Add(answer, Now) : answer);
    }

    /// <summary>Asks a DNS seed as a peer, by its bare name; at the same time looks it up through the proxy if possible.</summary>
    private async Task AskDnsSeedThroughProxyAsync(int index)
    {
        var fetching = _client.FetchFromDnsSeedAsync(index, _stop.Token);
        var lookedUp = 0;
        if (_options.LookupThroughProxy is not null && await _client.LookUpAsync(index, _options.RequiredServices, _stop.Token).ConfigureAwait(false) is { Addresses.Count: > 0 } lookup)
        {
            lookedUp = lookup.Addresses.Count;
            Post(() => OnLookedUpEarly(lookup)); // At once, because a peer may take two minutes to answer that it has no addresses.
        }

        var answer = await fetching.ConfigureAwait(false);
        Post(() => OnFetched(index, answer?.WithLookup(lookedUp)));
    }

    private async Task AskKnownAsync()
    {
        var (count, duration) = await _client.FetchFromKnownAsync(_stop.Token).ConfigureAwait(false);
        Post(() => OnKnownAsked(count, duration));
    }

    // The messages, applied by the loop. An answer is null if the request was cancelled.

    private void OnTimer() => _timer.Fired();

    private void OnFetched(int index, SeedAnswer? answer)
    {
        _underWay--;
        if (answer is not { } fetched)
            return;
        if (fetched.Failure == SeedFailure.None)
            LogAnswered(_logger, fetched.Name, fetched.AddressCount);
        else
            LogFailed(_logger, fetched.Name, fetched.Failure, fetched.Exception);
        OnEnded(index, fetched);
    }

    private void OnLookedUp(int index, DnsSeedOutcome? lookup)
    {
        _underWay--;
        if (lookup is not null)
            OnEnded(index, Take(lookup));
    }

    /// <summary>Adds the addresses of a query for further services. Only that for the required ones decides when the seed is asked again.</summary>
    private void OnMoreLookedUp(int index, DnsSeedOutcome? lookup)
    {
        _underWay--;
        if (lookup is not null)
            _intake.Record(Take(lookup), _rules.TimesAsked(SeedKind.Dns, index));
    }

    private void OnOrdinaryLookedUp(int index, DnsSeedOutcome? lookup)
    {
        _underWay--;
        if (lookup is null)
            return;
        var answer = Take(lookup);
        _fallback.DnsEnded(index, answer.AddressCount > 0, Now);
        _intake.Record(answer, _fallback.TimesAsked(index));
    }

    /// <summary>Adds the addresses of a look-up while the fetch from the same seed is still running; the end of the fetch reports both.</summary>
    private void OnLookedUpEarly(DnsSeedOutcome lookup)
    {
        if (Take(lookup).Failure == SeedFailure.None)
            _intake.ReportAdded();
    }

    private void OnKnownAsked(int? count, TimeSpan duration)
    {
        _underWay--;
        _fallback.PeerEnded(wasThereOne: count is not null, Now);
        if (count is not > 0)
            return;
        LogAnswered(_logger, KnownName, count.Value);
        _intake.Record(new SeedAnswer(SeedKind.Known, KnownName) { AddressCount = count.Value, Duration = duration }, _fallback.PeersAsked);
    }

    private void OnEnded(int index, SeedAnswer answer)
    {
        // A seed that left the book empty gave nothing usable, whatever it answered: a captive portal answers every name with its own address.
        var gave = answer.AddressCount > 0 && _options.CountAddresses!(_options.ReachableNetworks) > 0;
        if (answer.Kind == SeedKind.Node)
            _rules.NodeEnded(index, gave, Now);
        else
            _rules.DnsEnded(index, gave, Now);
        _intake.Record(answer, _rules.TimesAsked(answer.Kind, index));
    }

    private SeedAnswer Take(DnsSeedOutcome lookup) => _intake.Add(SeedAnswer.FromLookup(lookup), lookup.Addresses, lookup.Seed.Source);

    private void AddFixedSeeds(AddressNetworks networks)
    {
        var seeds = _options.Chain!.FixedSeeds.Where(seed => (networks & seed.Address.Network.ToSet()) != AddressNetworks.None);
        var now = _timeProvider.GetUtcNow();
        PeerAddress[] addresses = [.. seeds.Select(seed => new PeerAddress(seed, _options.RequiredServices, now - RandomAge()))];
        var taken = _intake.Add(new SeedAnswer(SeedKind.Fixed, FixedName) { AddressCount = addresses.Length }, addresses, NetworkAddress.FromName(FixedName));
        LogFixed(_logger, networks, taken.AddressCount);
        _intake.Record(taken, timesAsked: 1);
    }

    /// <summary>Draws an age of 7 to 14 days, as in Bitcoin Core, so that all other known addresses are preferred.</summary>
    private TimeSpan RandomAge()
    {
        const int secondsPerWeek = 7 * 24 * 60 * 60;
        return TimeSpan.FromSeconds(secondsPerWeek + _random.Next(secondsPerWeek));
    }

    // Event ids 300 to 399 are for seeding. One entry per query of a seed, which the timetable bounds; DnsSeeder logs the look-ups.

    [LoggerMessage(EventId = 310, EventName = "SeedPeerAnswered", Level = LogLevel.Information, Message = "Seed {Name} gave {Count} addresses.")]
    private static partial void LogAnswered(ILogger logger, string name, int count);

    [LoggerMessage(EventId = 311, EventName = "SeedPeerFailed", Level = LogLevel.Information, Message = "Seed {Name} gave no addresses: {Failure}.")]
    private static partial void LogFailed(ILogger logger, string name, SeedFailure failure, Exception? exception);

    [LoggerMessage(EventId = 312, EventName = "FixedSeedsTaken", Level = LogLevel.Information,
        Message = "There was no address of {Networks}: added {Count} fixed seeds.")]
    private static partial void LogFixed(ILogger logger, AddressNetworks networks, int count);

    [LoggerMessage(EventId = 314, EventName = "SeedingEnded", Level = LogLevel.Information,
        Message = "Seeding has ended with {Addresses} addresses and {Outbound} outbound peers.")]
    private static partial void LogEnded(ILogger logger, int addresses, int outbound);
}
