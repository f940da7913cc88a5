using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Asks the DNS seeds of a chain for peers: all at once, each with a time limit, and passes on the addresses of each seed as soon as it
/// answers. Corresponds to SeedFromDNS of btcd's connmgr, with an end, a result, limits and retries. <see cref="AddressSeeder"/> decides
/// when to ask.
/// </summary>
/// <remarks>
/// Thread safety: both methods may be called from any thread, also several times at once. Nothing runs between calls.
/// </remarks>
public sealed partial class DnsSeeder
{
    private const ulong NodeNetwork = 1;

    private static readonly NetworkAddress AnyIPv4 = NetworkAddress.FromIPAddress(IPAddress.Any);

    private readonly ChainParameters _chain;
    private readonly DnsSeederOptions _options; // A copy.
    private readonly LookupFunc _lookup;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random; // Guarded by _lock.
    private readonly Lock _randomLock = new();
    private readonly ILogger _logger;
    private readonly DnsSeedMetrics _metrics;

    /// <summary>Creates a seeder for a chain.</summary>
    /// <param name="chain">The chain, with its seeds and the default port of its peers.</param>
    /// <param name="options">The options; null for the defaults, which use the system's resolver.</param>
    /// <exception cref="ArgumentNullException"><paramref name="chain"/> is null.</exception>
    /// <exception cref="ArgumentException">An option, or the chain's default port, is out of range.</exception>
    public DnsSeeder(ChainParameters chain, DnsSeederOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(chain);
        options ??= new DnsSeederOptions();
        OptionsErrors.ThrowIfAny(options);
        if (chain.DefaultPort is < 1 or > ushort.MaxValue)
            throw new ArgumentException(Invariant($"The default port of {chain.Name} is {chain.DefaultPort}; give 1 to 65535."), nameof(chain));

        _chain = chain;
        _options = options.Copy();
        _lookup = options.Lookup ?? SystemResolver.LookupAsync;
        _timeProvider = options.TimeProvider;
        _random = DefaultRandom.Get(options.Random);
        _logger = GuardedLogger.Create<DnsSeeder>(options.LoggerFactory, _timeProvider);
        _metrics = new DnsSeedMetrics(options);
    }

    /// <summary>Asks every seed of the chain.</summary>
    /// <param name="requiredServices">
    /// The service bits that peers must offer. Seeds with a filter are asked for exactly these, by a name such as <c>x409.seed.example</c>
    /// (bits in lower-case hexadecimal); for 0 and for NODE_NETWORK alone (1), the plain name suffices. The returned addresses have these
    /// bits.
    /// </param>
    /// <param name="onSeed">
    /// The callback for each seed that returned addresses, in the order of the answers, never called concurrently. Null if the result
    /// suffices.
    /// </param>
    /// <param name="cancellationToken">Cancels the whole round.</param>
    /// <returns>
    /// The outcome of each seed, once every look-up has ended or timed out and every callback has ended. The failure of a seed does not
    /// fail the round. For each seed, duplicate and unspecified addresses (0.0.0.0, ::) are dropped and IPv4-mapped ones become IPv4. Each
    /// address gets the chain's default port and a random last-seen time 3 to 7 days ago, so that addresses from peers are preferred, as in
    /// btcd and Bitcoin Core.
    /// </returns>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled. No callback is running any more. Look-ups that ignore their token are not awaited.
    /// </exception>
    public async Task<DnsSeedResult> SeedAsync(
        ulong requiredServices,
        OnSeed? onSeed = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        var lookups = new Task<DnsSeedOutcome>[_chain.DnsSeeds.Length];
        for (var i = 0; i < lookups.Length; i++)
            lookups[i] = AskAsync(_chain.DnsSeeds[i], requiredServices, cancellationToken);

        var outcomes = new List<DnsSeedOutcome>(lookups.Length);
        await foreach (var ended in Task.WhenEach(lookups).ConfigureAwait(false))
        {
            // Look-ups end soon after a cancellation, so the rest of the loop is short and leaves none unobserved.
            if (cancellationToken.IsCancellationRequested)
                continue;

            var outcome = await ended.ConfigureAwait(false);
            if (outcome.Failure == DnsSeedFailure.None && onSeed is not null)
                await HandOverAsync(outcome, onSeed, cancellationToken).ConfigureAwait(false);
            outcomes.Add(outcome);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return new DnsSeedResult(outcomes);
    }

    /// <summary>Asks one seed, of the chain or not. Repeats a failed look-up within the time limit.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="requiredServices">The service bits that peers must offer, as for <see cref="SeedAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    /// <returns>The outcome, as for <see cref="SeedAsync"/>.</returns>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled. A look-up that ignores its token is not awaited.
    /// </exception>
    public async Task<DnsSeedOutcome> AskAsync(DnsSeed seed, ulong requiredServices, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(seed);
        cancellationToken.ThrowIfCancellationRequested();
        var host = HostFor(seed, requiredServices);
        var startedAt = _timeProvider.GetTimestamp();
        List<PeerAddress> addresses = [];
        var failure = DnsSeedFailure.None;
        Exception? exception = null;
        var attempts = 0;
        using var scope = _metrics.Begin(host);

        using var deadline = new CancellationTokenSource(_options.LookupTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        do
        {
            try
            {
                if (attempts > 0)
                    await Task.Delay(_options.RetryDuration * attempts, _timeProvider, either.Token).ConfigureAwait(false);
                attempts++;
                addresses = ToPeers(await LookUpAsync(host, either.Token).ConfigureAwait(false), requiredServices);
                failure = addresses.Count > 0 ? DnsSeedFailure.None : DnsSeedFailure.NoAddresses;
                exception = null;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                DnsSeedMetrics.GaveUp(scope.Span);
                throw new OperationCanceledException(cancellationToken);
            }
            catch (Exception) when (deadline.IsCancellationRequested)
            {
                // The exception of an earlier attempt is more informative than the timeout of the next.
                failure = exception is null ? DnsSeedFailure.Timeout : failure;
            }
            catch (Exception e)
            {
                (failure, exception) = (DnsSeedFailure.LookupFailed, e);
            }
        }
        while (!deadline.IsCancellationRequested && attempts < _options.MaxAttempts && exception is not null && !IsAnswer(exception));

        var outcome = new DnsSeedOutcome(seed, host)
        {
            Addresses = addresses,
            Failure = failure,
            Exception = exception,
            Attempts = attempts,
            Duration = _timeProvider.GetElapsedTime(startedAt),
        };
        LogOutcome(outcome);
        _metrics.Asked(outcome, scope.Span);
        return outcome;
    }

    /// <summary>Builds the name to look up.</summary>
    internal static string HostFor(DnsSeed seed, ulong requiredServices) =>
        seed.SupportsServiceFilter && requiredServices is not (0 or NodeNetwork)
            ? string.Create(CultureInfo.InvariantCulture, $"x{requiredServices:x}.{seed.Host}")
            : seed.Host;

    /// <summary>
    /// Determines whether a failure is the name server's answer that there is no such name or address. Then another query would change
    /// nothing.
    /// </summary>
    private static bool IsAnswer(Exception exception) =>
        exception is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData };

    private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        // Runs on the pool, because a look-up may block before its first await. A look-up that ignores its token is left running.
        var lookup = Task.Run(async () => await _lookup(host, cancellationToken).ConfigureAwait(false), CancellationToken.None);
        try
        {
            return await lookup.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            LateTask.Observe(lookup);
        }
    }

    private List<PeerAddress> ToPeers(IReadOnlyList<IPAddress>? answer, ulong services)
    {
        var count = Math.Min(answer?.Count ?? 0, _options.MaxAddressesPerSeed);
        var peers = new List<PeerAddress>(count);
        var known = new HashSet<NetworkAddress>(count);
        var now = _timeProvider.GetUtcNow();
        foreach (var given in answer ?? [])
        {
            if (peers.Count == _options.MaxAddressesPerSeed)
                break;

            if (given is not null && NetworkAddress.FromIPAddress(given) is var address && CanBeDialled(address) && known.Add(address))
                peers.Add(new PeerAddress(new NetworkEndPoint(address, (ushort)_chain.DefaultPort), services, now - RandomAge()));
        }

        return peers;
    }

    private static bool CanBeDialled(in NetworkAddress address) =>
        address.Network != AddressNetwork.Internal && address != default && address != AnyIPv4;

    private void LogOutcome(DnsSeedOutcome outcome)
    {
        switch (outcome.Failure)
        {
            case DnsSeedFailure.Timeout:
                LogTimedOut(_logger, outcome.Host, _options.LookupTimeout);
                break;
            case DnsSeedFailure.LookupFailed:
                LogFailed(_logger, outcome.Host, outcome.Exception!);
                break;
            default:
                LogAnswered(_logger, outcome.Host, outcome.Addresses.Count);
                break;
        }
    }

    private TimeSpan RandomAge()
    {
        const int secondsPerDay = 24 * 60 * 60;
        lock (_randomLock)
            return TimeSpan.FromSeconds((3 * secondsPerDay) + _random.Next(4 * secondsPerDay));
    }

    /// <summary>Calls the user's callback with the addresses of a seed, and stores its exception.</summary>
    private async ValueTask HandOverAsync(DnsSeedOutcome outcome, OnSeed onSeed, CancellationToken cancellationToken)
    {
        try
        {
            await onSeed(outcome.Seed, outcome.Addresses, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The whole round ends.
        }
        catch (Exception e)
        {
            LogCallbackFailed(_logger, outcome.Host, e);
            outcome.CallbackException = e;
        }
    }
}

/// <summary>
/// Receives the addresses of one DNS seed as soon as it has answered. Never called concurrently by one <see cref="DnsSeeder.SeedAsync"/>.
/// </summary>
/// <param name="seed">The seed that returned them.</param>
/// <param name="addresses">At least one address; no duplicates.</param>
/// <param name="cancellationToken">The token that was passed to <see cref="DnsSeeder.SeedAsync"/>.</param>
/// <returns>A task that completes when the addresses are processed; only then the next seed's addresses are passed on.</returns>
/// <exception cref="Exception">
/// Ends only this call: it is logged and stored in <see cref="DnsSeedOutcome.CallbackException"/>, and the other seeds continue.
/// </exception>
public delegate ValueTask OnSeed(DnsSeed seed, IReadOnlyList<PeerAddress> addresses, CancellationToken cancellationToken);
