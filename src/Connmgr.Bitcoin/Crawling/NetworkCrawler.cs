using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin;

/// <summary>
/// Visits all nodes of a network, round after round: each address that is known, and each that a node tells. Of a node it takes the version
/// message, the transport, the features, the latency and the addresses that it knows. The addresses are in an <see cref="IFrontier"/>, so
/// several processes can share the work. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var crawler = new NetworkCrawler(new()
/// {
///     Chain = ChainParameters.Mainnet,
///     MaxRounds = 1,
///     OnVisit = (visit, token) => SaveAsync(visit, token),
/// });
/// await crawler.RunAsync(cancellationToken);
/// </code>
/// </example>
public sealed class NetworkCrawler
{
    private const int MostLeases = 500;
    private const int MostProbes = 4; // Visits at one time in an outage.

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SeedPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(5);

    private readonly NetworkCrawlerOptions _options;
    private readonly ILogger _logger;
    private readonly IFrontier _frontier;
    private readonly LeaseClock _clock;
    private readonly OutageWatch _outage;
    private readonly CrawlVisitor _visitor;
    private readonly NetworkWitnesses _witnesses;
    private readonly CrawlMetrics _metrics;
    private readonly FrontierLink _link;
    private readonly LeaseKeeper _keeper;
    private readonly CrawlDelivery _delivery;
    private readonly Channel<bool> _delivered = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _started; // Interlocked.
    private TimeSpan _nextProbe; // The loop's: the time at which to look for the end of an outage.
    private (long Round, DateTimeOffset? Previous, DateTimeOffset Start) _round; // The loop's.

    /// <summary>Creates a crawler.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <exception cref="ArgumentException">Options are missing or out of range; the message names each of them.</exception>
    public NetworkCrawler(NetworkCrawlerOptions options)
    {
        OptionsErrors.ThrowIfAny(options);
        _options = options.Copy();
        _options.InstanceName ??= options.Chain!.Name;
        _logger = options.LoggerFactory?.CreateLogger<NetworkCrawler>() ?? (ILogger)NullLogger.Instance;
        _frontier = options.Frontier ?? new MemoryFrontier(new() { TimeProvider = options.TimeProvider });
        _clock = new(options.TimeProvider);
        _outage = new(_options, _clock, _logger);
        _visitor = new(_options, _clock, _outage);
        _witnesses = new(_options, _visitor);
        _metrics = new(options.MeterFactory, _options.InstanceName, () => _keeper!.Count);
        _link = new(_options, _frontier, _metrics, _logger);
        _keeper = new(_link, _clock, options.TimeProvider, _frontier.LeasePeriod);
        _delivery = new(_options, _link, _keeper, _outage, _metrics, _logger);
        _outage.OnJudged = _delivery.Wake;
    }

    /// <summary>Counts the visits of this crawler.</summary>
    /// <returns>The counts at this moment.</returns>
    public CrawlStatistics GetStatistics() => new()
    {
        Active = Active,
        Visits = _delivery.Visits,
        Reached = _delivery.Reached,
        Abandoned = _delivery.Abandoned,
        IsFrontierAvailable = _link.IsUp,
        IsOutage = _outage.IsOutage,
    };

    /// <summary>
    /// Crawls until the token is cancelled, or <see cref="NetworkCrawlerOptions.MaxRounds"/> are over. Then no visit is under way: those that
    /// were are due again. Call it once.
    /// </summary>
    /// <param name="cancellationToken">Ends the crawl. That is no error: the task completes.</param>
    /// <returns>A task that completes with the crawl.</returns>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    /// <exception cref="Exception">A callback threw this exception.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("RunAsync was called before: it may be called only once.");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var giveUp = new CancellationTokenSource();
        using var keeping = new CancellationTokenSource();
        var renewals = _keeper.RunAsync(keeping.Token);
        var deliveries = DeliverAsync(stop, giveUp.Token);
        try
        {
            await CrawlAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As it is meant to end.
        }
        finally
        {
            // First the visits, then their results while leases are still renewed. A frontier that can't be reached is not waited for.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_keeper.Tasks).ConfigureAwait(false);
            _delivery.Complete();
            using var limit = _options.TimeProvider.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), giveUp, StopTime, Timeout.InfiniteTimeSpan);
            try
            {
                await deliveries.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                // The leases of the rest expire.
            }
            finally
            {
                await keeping.CancelAsync().ConfigureAwait(false);
                await renewals.ConfigureAwait(false);
                _metrics.Dispose();
            }
        }
    }

    /// <summary>The number of visits under way: those that wait for a judgment must not keep out others.</summary>
    private int Active => Math.Max(0, _keeper.Count - _outage.Waiting);

    private async Task DeliverAsync(CancellationTokenSource stop, CancellationToken giveUp)
    {
        try
        {
            await _delivery.RunAsync(() => _delivered.Writer.TryWrite(true), giveUp).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CrawlAsync(CancellationToken stop)
    {
        var seeding = new CrawlSeeding(_options, _link, _logger);
        await seeding.RunAsync(stop).ConfigureAwait(false);
        var (first, seeded) = (0L, _clock.Now);
        while (true)
        {
            if (!_outage.IsOutage)
                _nextProbe = _clock.Now + ProbePause; // The judgment asks the same nodes.
            await _outage.JudgeAsync(isIdle: false, reached: 0, () => _witnesses.AskAsync(stop)).ConfigureAwait(false);
            _outage.Tell();
            if (_outage.IsOutage && !await MayProbeAsync(stop).ConfigureAwait(false))
                continue;
            var free = (_outage.IsOutage ? MostProbes : _options.Concurrency) - Active;
            if (free <= 0)
            {
                await WaitAsync(LongestWait, stop).ConfigureAwait(false);
                continue;
            }

            var asked = _clock.Now;
            var grant = await _link.CallAsync((frontier, token) => frontier.LeaseAsync(Math.Min(free, MostLeases), token), stop).ConfigureAwait(false);
            first = first == 0 ? grant.Round : first;
            if (grant.Round - first >= _options.MaxRounds)
            {
                await ReturnAsync(grant, stop).ConfigureAwait(false);
                return;
            }

            if (grant.Round != _round.Round)
                await EnterAsync(grant.Round, stop).ConfigureAwait(false);
            foreach (var lease in grant.Leases)
                Begin(new ActiveVisit(lease, grant.Round, asked + _frontier.LeasePeriod, stop));
            if (grant.Leases.IsEmpty && Active == 0 && _outage.Waiting > 0)
                await JudgeWhenIdleAsync(stop).ConfigureAwait(false);
            if (grant.Leases.IsEmpty && _keeper.Count == 0 && _clock.Now - seeded > SeedPause)
            {
                await seeding.RunAsync(stop).ConfigureAwait(false); // All addresses may be forgotten, after a long outage for example.
                seeded = _clock.Now;
            }

            if (!grant.IsRoundOver || _keeper.Count > 0)
                await PauseAsync(grant, stop).ConfigureAwait(false);
            else if (await EndRoundAsync(grant.Round, stop).ConfigureAwait(false) && grant.Round + 1 - first >= _options.MaxRounds)
                return;
        }
    }

    /// <summary>Waits in an outage until it is time to look for its end, and asks the nodes that answered before.</summary>
    /// <returns>True if some addresses may be visited, to look for the end.</returns>
    private async Task<bool> MayProbeAsync(CancellationToken stop)
    {
        var rest = _nextProbe - _clock.Now;
        if (rest > TimeSpan.Zero)
        {
            await WaitAsync(rest < LongestWait ? rest : LongestWait, stop).ConfigureAwait(false);
            return false;
        }

        _nextProbe = _clock.Now + ProbePause;
        await _witnesses.AskAsync(stop).ConfigureAwait(false);
        return true;
    }

    /// <summary>Judges the visits that wait, when nothing else of the round is left.</summary>
    private async Task JudgeWhenIdleAsync(CancellationToken stop)
    {
        var status = await _link.CallAsync(static (frontier, token) => frontier.GetStatusAsync(token), stop).ConfigureAwait(false);
        if (status.Due == 0)
            await _outage.JudgeAsync(isIdle: true, status.Reached, () => _witnesses.AskAsync(stop)).ConfigureAwait(false);
    }

    /// <summary>Gives back leases of a round in which this crawler takes no part.</summary>
    private async Task ReturnAsync(FrontierGrant grant, CancellationToken cancellationToken)
    {
        if (grant.Leases.IsEmpty)
            return;
        await _link.CallAsync(
            async (frontier, token) =>
            {
                await frontier.ReleaseAsync(grant.Leases.AsMemory(), token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task EnterAsync(long round, CancellationToken cancellationToken)
    {
        var status = await _link.CallAsync(static (frontier, token) => frontier.GetStatusAsync(token), cancellationToken).ConfigureAwait(false);
        _round = (round, _round.Round == round - 1 && round > 1 ? _round.Start : null, status.RoundStart);
    }

    private void Begin(ActiveVisit visit)
    {
        _keeper.Add(visit);
        var (_, previous, start) = _round;
        visit.Task = Task.Run(() => VisitAsync(visit, previous, start), CancellationToken.None); // A dial may complete at once.
    }

    private async Task VisitAsync(ActiveVisit active, DateTimeOffset? previous, DateTimeOffset start)
    {
        CrawlVisit? visit = null;
        var isSkipped = false;
        try
        {
            // The lease may have ended meanwhile, for example on a machine that slept: then another process may be there.
            if (active.HeldUntil <= _clock.Now)
                return;
            IDisposable? claim = null;
            if (_options.Claim is not null)
            {
                claim = await ClaimAsync(_options.Claim, active).ConfigureAwait(false);
                isSkipped = claim is null;
            }

            using (claim)
            {
                if (!isSkipped)
                    visit = await _visitor.VisitAsync(active, previous, start).ConfigureAwait(false);
            }

            if (visit is { IsReachable: true })
                _witnesses.Add(visit.EndPoint);
        }
        catch (Exception) when (active.Token.IsCancellationRequested)
        {
            // The crawl stops, or the lease or the claim was lost. A dialler may say so in its own way.
        }
        finally
        {
            _delivery.Post(active, visit, isSkipped);
        }
    }

    /// <summary>Claims the address of a visit.</summary>
    /// <returns>Null when another process holds it.</returns>
    /// <exception cref="OperationCanceledException">The visit ended, or nothing can be claimed now, and the address is due again.</exception>
    private async ValueTask<IDisposable?> ClaimAsync(Func<EndPoint, Action, CancellationToken, ValueTask<IDisposable?>> claim, ActiveVisit active)
    {
        try
        {
            return await claim(active.Lease.EndPoint.ToEndPoint()!, active.Abort, active.Token).ConfigureAwait(false);
        }
        catch (Exception) when (!active.Token.IsCancellationRequested)
        {
            // Whatever it is. Not at once again: the frontier may give the same address.
            await Task.Delay(LongestWait, _options.TimeProvider, active.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            active.Abort();
            throw new OperationCanceledException(active.Token);
        }
    }

    private async Task<bool> EndRoundAsync(long round, CancellationToken cancellationToken)
    {
        var status = await _link.CallAsync(static (frontier, token) => frontier.GetStatusAsync(token), cancellationToken).ConfigureAwait(false);
        if (status.Round != round || !await _link.CallAsync((frontier, token) => frontier.EndRoundAsync(round, token), cancellationToken).ConfigureAwait(false))
            return false;
        var ended = new CrawlRound
        {
            Round = round,
            Started = status.RoundStart,
            Ended = _options.TimeProvider.GetUtcNow(),
            Addresses = status.Addresses,
            Visits = status.Completed,
            Reached = status.Reached,
        };
        _metrics.RoundEnded();
        CrawlLog.RoundEnded(_logger, round, ended.Ended - ended.Started, ended.Reached, ended.Visits);
        if (_options.OnRoundEnded is { } callback)
            await callback(ended, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Waits until it is worth asking again: a few times a second at most, so that each call of the frontier does enough.</summary>
    private async Task PauseAsync(FrontierGrant grant, CancellationToken cancellationToken)
    {
        if (grant.RetryAfter == TimeSpan.Zero && !grant.Leases.IsEmpty)
            return;
        await Task.Delay(ShortestWait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        var rest = (grant.RetryAfter < LongestWait ? grant.RetryAfter : LongestWait) - ShortestWait;
        if (rest > TimeSpan.Zero)
            await WaitAsync(rest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the next delivered visits, at most for a time.</summary>
    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(time, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await _delivered.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
