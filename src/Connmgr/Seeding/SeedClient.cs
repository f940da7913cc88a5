using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Asks single seeds outside the loop of an <see cref="AddressSeeder"/>: by look-ups, and by fetches through the delegates of its options.
/// Thread-safe.
/// </summary>
internal sealed partial class SeedClient
{
    private readonly AddressSeederOptions _options;
    private readonly ImmutableArray<DnsSeed> _dnsSeeds;
    private readonly DnsSeeder _dnsSeeder;
    private readonly ILogger _logger;

    /// <param name="options">The options, which do not change any more.</param>
    /// <param name="dnsSeeds">The DNS seeds to ask.</param>
    /// <param name="random">The random numbers, used by the look-ups only.</param>
    /// <param name="logger">The logger.</param>
    public SeedClient(AddressSeederOptions options, ImmutableArray<DnsSeed> dnsSeeds, Random random, ILogger logger)
    {
        (_options, _dnsSeeds, _logger) = (options, dnsSeeds, logger);
        var dns = options.Dns.Copy();
        if (options.ResolveNamesThroughProxy)
            dns.Lookup = options.LookupThroughProxy ?? dns.Lookup;
        (dns.TimeProvider, dns.Random, dns.LoggerFactory) = (options.TimeProvider, random, options.LoggerFactory);
        _dnsSeeder = new DnsSeeder(options.Chain!, dns);
    }

    /// <summary>Looks up a DNS seed.</summary>
    /// <returns>The outcome; null if the look-up was cancelled.</returns>
    public async Task<DnsSeedOutcome?> LookUpAsync(int index, ulong services, CancellationToken cancellationToken)
    {
        try
        {
            return await _dnsSeeder.AskAsync(_dnsSeeds[index], services, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Fetches addresses from a DNS seed as from a peer, by its bare name.</summary>
    /// <returns>The answer; null if the fetch was cancelled.</returns>
    public Task<SeedAnswer?> FetchFromDnsSeedAsync(int index, CancellationToken cancellationToken) => FetchAsync(
        new SeedAnswer(SeedKind.Dns, _dnsSeeds[index].Host), new DnsEndPoint(_dnsSeeds[index].Host, _options.Chain!.DefaultPort), cancellationToken);

    /// <summary>Fetches addresses from a seed node.</summary>
    /// <returns>The answer; null if the fetch was cancelled.</returns>
    public Task<SeedAnswer?> FetchFromNodeAsync(int index, CancellationToken cancellationToken) =>
        FetchAsync(new SeedAnswer(SeedKind.Node, EndPointText.Format(_options.SeedNodes[index])), _options.SeedNodes[index], cancellationToken);

    /// <summary>Fetches addresses from a known peer. Logs failures for debugging only, because there may be many.</summary>
    /// <returns>The number of addresses, null if there is no peer to ask, and the duration.</returns>
    public async Task<(int? Count, TimeSpan Duration)> FetchFromKnownAsync(CancellationToken cancellationToken)
    {
        var startedAt = _options.TimeProvider.GetTimestamp();
        int? count = 0;
        using var deadline = new CancellationTokenSource(_options.FetchTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            count = await AwaitAsync(_options.FetchFromKnown!(either.Token), either.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogKnownFailed(_logger, exception);
        }

        return (count, _options.TimeProvider.GetElapsedTime(startedAt));
    }

    private async Task<SeedAnswer?> FetchAsync(SeedAnswer answer, EndPoint endPoint, CancellationToken cancellationToken)
    {
        var startedAt = _options.TimeProvider.GetTimestamp();
        using var deadline = new CancellationTokenSource(_options.FetchTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var count = await AwaitAsync(_options.FetchFrom!(endPoint, either.Token), either.Token).ConfigureAwait(false);
            answer = count > 0 ? answer with { AddressCount = count } : answer with { Failure = SeedFailure.NoAddresses };
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            answer = answer with { Failure = SeedFailure.Timeout };
        }
        catch (Exception exception)
        {
            answer = answer with { Failure = SeedFailure.RequestFailed, Exception = exception };
        }

        return answer with { Duration = _options.TimeProvider.GetElapsedTime(startedAt) };
    }

    /// <summary>Awaits a fetch, but leaves it running if it ignores its token.</summary>
    private static async Task<T> AwaitAsync<T>(ValueTask<T> fetching, CancellationToken cancellationToken)
    {
        var fetch = fetching.AsTask();
        try
        {
            return await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            LateTask.Observe(fetch);
        }
    }

    [LoggerMessage(EventId = 315, EventName = "KnownPeerFailed", Level = LogLevel.Debug, Message = "A known peer gave no addresses.")]
    private static partial void LogKnownFailed(ILogger logger, Exception exception);
}
