using System.Net;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The simplest address source: a set of addresses in memory, of which it gives any at random. It forgets nothing by itself. Thread-safe.
/// </summary>
public sealed class AddressPool : IAddressSource
{
    private const int MaxPicks = 32;

    private readonly Lock _lock = new();
    private readonly List<EndPoint> _addresses = [];
    private readonly Dictionary<EndPoint, int> _places = [];
    private readonly Random _random;

    /// <summary>Makes a pool.</summary>
    /// <param name="addresses">The addresses to begin with; duplicates count once.</param>
    /// <param name="random">The source of chance, used under the pool's own lock. Null: one seeded by the system.</param>
    public AddressPool(IEnumerable<EndPoint>? addresses = null, Random? random = null)
    {
        _random = random ?? new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
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

    /// <summary>Adds an address. A manager that found the pool empty asks again sooner when <see cref="ConnectionManager.NotifyAddressesAvailable"/> is called.</summary>
    /// <param name="address">The address.</param>
    /// <returns>False when it was there already.</returns>
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
    /// <returns>False when it was not there.</returns>
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

    /// <summary>Gives an address at random, one that would be dialled when a few picks find one.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Not needed: this never waits.</param>
    /// <returns>The address; null when the pool is empty.</returns>
    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        var picked = Pick();
        for (var picks = 1; picks < MaxPicks && picked is not null && request.GetRefusal(picked) != ConnectFailureCause.None; picks++)
            picked = Pick();
        return new(picked is null ? null : new Candidate(picked));
    }

    /// <summary>Nothing is learnt of it.</summary>
    /// <param name="outcome">What became of an address.</param>
    public void ReportOutcome(in AttemptOutcome outcome)
    {
    }

    private EndPoint? Pick()
    {
        lock (_lock)
            return _addresses.Count == 0 ? null : _addresses[_random.Next(_addresses.Count)];
    }
}
