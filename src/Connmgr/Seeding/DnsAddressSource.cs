namespace Connmgr;

/// <summary>
/// An address source that asks the DNS seeds of a chain whenever it has no address left, at most once a minute. An address that failed is dropped. Keeps
/// everything in memory. Thread-safe.
/// </summary>
public sealed class DnsAddressSource : IAddressSource
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMinutes(1);

    private readonly AddressPool _pool;
    private readonly DnsSeeder _seeder;
    private readonly ulong _requiredServices;
    private readonly TimeProvider _timeProvider;
    private long? _seededAt;

    /// <summary>Makes a source; nothing is asked before the first address is wanted.</summary>
    /// <param name="chain">The chain whose seeds to ask.</param>
    /// <param name="requiredServices">The service bits that peers must offer. Default NODE_NETWORK and NODE_WITNESS (9), as in Bitcoin Core.</param>
    /// <param name="options">The options of the look-ups; null for the defaults.</param>
    public DnsAddressSource(ChainParameters chain, ulong requiredServices = 9, DnsSeederOptions? options = null)
    {
        _seeder = new DnsSeeder(chain, options);
        _requiredServices = requiredServices;
        _timeProvider = options?.TimeProvider ?? TimeProvider.System;
        _pool = new AddressPool(random: options?.Random);
    }

    /// <summary>Gives an address at random, asking the seeds first when there is none.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    /// <returns>The address; null when the seeds gave none, or were asked less than a minute ago.</returns>
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        if (_pool.Count == 0 && (_seededAt is not { } seededAt || _timeProvider.GetElapsedTime(seededAt) >= MinInterval))
        {
            _seededAt = _timeProvider.GetTimestamp();
            await _seeder.SeedAsync(_requiredServices, AddAsync, cancellationToken).ConfigureAwait(false);
        }

        return await _pool.GetAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drops an address that failed.</summary>
    /// <param name="outcome">What became of it.</param>
    public void Report(in AttemptOutcome outcome)
    {
        if (outcome is { CountsAgainstAddress: true, EndPoint: { } endPoint })
            _pool.Remove(endPoint);
    }

    private ValueTask AddAsync(DnsSeed seed, IReadOnlyList<PeerAddress> addresses, CancellationToken cancellationToken)
    {
        foreach (var address in addresses)
        {
            if (address.EndPoint.ToEndPoint() is { } endPoint)
                _pool.Add(endPoint);
        }

        return ValueTask.CompletedTask;
    }
}
