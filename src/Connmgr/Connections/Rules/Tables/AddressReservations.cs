using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses that dials of host names are about to try. A name has many addresses, and a dial connects to one of them, so they are not
/// claimed; but no two names try an address at the same time. Each dial has at most as many as its dialer tries.
/// </summary>
internal sealed class AddressReservations
{
    private readonly Dictionary<EndPoint, Link> _holders = [];
    private readonly Dictionary<Link, List<EndPoint>> _held = [];

    public int Count => _holders.Count;

    /// <summary>The dials that have reserved an address. For tests.</summary>
    public IEnumerable<Link> Links => _held.Keys;

    /// <summary>Gets the dial that has reserved an address; null if there is none.</summary>
    public Link? GetHolder(EndPoint key) => _holders.GetValueOrDefault(key);

    /// <summary>Reserves an address for a dial, even if that dial has reserved it before.</summary>
    /// <returns>False if another dial has reserved it.</returns>
    public bool TryReserve(EndPoint key, Link link)
    {
        if (!_holders.TryAdd(key, link))
            return ReferenceEquals(_holders[key], link);
        if (!_held.TryGetValue(link, out var held))
            _held.Add(link, held = []);
        held.Add(key);
        return true;
    }

    /// <summary>Releases all addresses of a dial.</summary>
    public void Release(Link link)
    {
        if (_held.Count == 0 || !_held.Remove(link, out var held))
            return;
        foreach (var key in held)
            _holders.Remove(key);
    }
}
