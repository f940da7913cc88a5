using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses that dials of host names are about to try. A name has many addresses and a dial ends up with one, so they are not claimed; but no two names try one address at
/// the same time. At most as many for each dial as its dialer tries.
/// </summary>
internal sealed class AddressReservations
{
    private readonly Dictionary<EndPoint, Link> _holders = [];
    private readonly Dictionary<Link, List<EndPoint>> _held = [];

    public int Count => _holders.Count;

    /// <summary>The dials that hold any address; for tests.</summary>
    public IEnumerable<Link> Links => _held.Keys;

    /// <summary>Gets the dial that holds an address; null when none does.</summary>
    public Link? GetHolder(EndPoint key) => _holders.GetValueOrDefault(key);

    /// <summary>Reserves an address for a dial, which may have it already.</summary>
    /// <returns>False when another dial holds it.</returns>
    public bool TryReserve(EndPoint key, Link link)
    {
        if (!_holders.TryAdd(key, link))
            return ReferenceEquals(_holders[key], link);
        if (!_held.TryGetValue(link, out var held))
            _held.Add(link, held = []);
        held.Add(key);
        return true;
    }

    /// <summary>Lets go of all that a dial holds.</summary>
    public void Release(Link link)
    {
        if (_held.Count == 0 || !_held.Remove(link, out var held))
            return;
        foreach (var key in held)
            _holders.Remove(key);
    }
}
