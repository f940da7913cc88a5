using System.Net;

namespace Connmgr;

/// <summary>
/// The simplest address source: a set of addresses in memory that offers them at random. It never removes an address by itself. Thread-safe.
/// </summary>
public sealed class AddressPool : IAddressSource
{
    private const int MaxPicks = 32;

    private readonly Lock _lock = new();
    private readonly List<EndPoint> _addresses = [];
    private readonly Dictionary<EndPoint, int> _places = [];
    private readonly Random _random;

    /// <summary>Creates a pool.</summary>
    /// <param name="addresses">The initial addresses; duplicates count once.</param>
    /// <param name="random">The random numbers, used under the pool's lock. Null: an instance seeded by the system.</param>
    public AddressPool(IEnumerable<EndPoint>? addresses = null, Random? random = null)
    {
        _random = DefaultRandom.Get(random);
        foreach (var address in addresses ?? [])
            Add(address);
    }

    /// <summary>The number of addresses.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _addresses.Count;
        }
    }

    /// <summary>
    /// Adds an address. If a manager found the pool empty, call <see cref="ConnectionManager.NotifyAddressesAvailable"/> so that it asks
    /// again sooner.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>False if it was already there.</returns>
    public bool Add(EndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_lock)
        {
            if (!_places.TryAdd(address, _addresses.Count))
                return false;
            _addresses.Add(address);
            return true;
        }
    }

    /// <summary>Removes an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>False if it was not there.</returns>
    public bool Remove(EndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_lock)
        {
            if (!_places.Remove(address, out var place))
                return false;
            var last = _addresses[^1];
            _addresses.RemoveAt(_addresses.Count - 1);
            if (place < _addresses.Count)
            {
                _addresses[place] = last;
                _places[last] = place;
            }

            return true;
        }
    }

    /// <summary>Picks a random address. Makes a few attempts to find one that the manager would dial.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Not used, because this never waits.</param>
    /// <returns>The address; null if the pool is empty.</returns>
    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        var picked = Pick();
        for (var picks = 1; picks < MaxPicks && picked is not null && request.GetRefusal(picked) != ConnectFailureCause.None; picks++)
            picked = Pick();
        return new(picked is null ? null : new Candidate(picked));
    }

    /// <summary>Does nothing: the pool does not learn from outcomes.</summary>
    /// <param name="outcome">The outcome of an attempt.</param>
    public void ReportOutcome(in AttemptOutcome outcome)
    {
    }

    private EndPoint? Pick()
    {
        lock (_lock)
            return _addresses.Count == 0 ? null : _addresses[_random.Next(_addresses.Count)];
    }
}
