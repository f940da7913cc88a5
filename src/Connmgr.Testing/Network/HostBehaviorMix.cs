using System.Net;

namespace Connmgr.Testing;

/// <summary>
/// A population of hosts in given shares. The behaviour of an address follows from the seed and the address alone, so it is the same each
/// time and in every run. Use <see cref="Find"/> as <see cref="MemoryNetwork.Population"/>. Thread-safe once all behaviours are added.
/// </summary>
/// <example>
/// <code>
/// network.Population = new HostBehaviorMix(seed: 1)
///     .Add(0.9, HostBehavior.Swallowing)
///     .Add(0.1, HostBehavior.Serving(service))
///     .Find;
/// </code>
/// </example>
/// <param name="seed">The seed, from which the behaviour of an address follows.</param>
public sealed class HostBehaviorMix(int seed)
{
    private readonly List<(double UpTo, HostBehavior Behavior)> _shares = [];
    private double _total;

    /// <summary>Adds a behaviour.</summary>
    /// <param name="weight">The share of the sum of all weights. More than zero, finite.</param>
    /// <param name="behavior">The behaviour.</param>
    /// <returns>This mix.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weight"/> is out of its range.</exception>
    public HostBehaviorMix Add(double weight, HostBehavior behavior)
    {
        ArgumentNullException.ThrowIfNull(behavior);
        if (!(weight > 0 && double.IsFinite(weight)))
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "A weight is a finite number above zero.");
        _total += weight;
        _shares.Add((_total, behavior));
        return this;
    }

    /// <summary>Finds the behaviour of an address.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>The behaviour; null if none was added.</returns>
    public HostBehavior? Find(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (_shares.Count == 0) return null;
        var point = StableHash.ToUnit(seed, endPoint) * _total;
        foreach (var (upTo, behavior) in _shares)
        {
            if (point < upTo) return behavior;
        }

        return _shares[^1].Behavior;
    }
}
