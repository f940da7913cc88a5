using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The routes that were used, which are few. Changed by the rules only; other threads may look one up.
/// </summary>
internal sealed class RouteTable(Func<EndPoint, string?> getProxy)
{
    // Replaced as a whole when a route is added, which is rare, so that readers need no lock.
    private volatile Dictionary<string, Route> _routes = new(StringComparer.Ordinal);

    public Dictionary<string, Route>.ValueCollection All => _routes.Values;

    /// <summary>Gets the route to an address; null when it has not been used.</summary>
    public Route? Find(EndPoint endPoint) => _routes.GetValueOrDefault(Route.GetName(endPoint, getProxy(endPoint)));

    /// <summary>
    /// Gets the networks to which automatic dials may be made: all except those whose routes are all in an outage and not due to be probed.
    /// Networks that were never dialled count as reachable.
    /// </summary>
    public AddressNetworks NetworksAt(TimeSpan now)
    {
        AddressNetworks open = AddressNetworks.None, closed = AddressNetworks.None;
        foreach (var route in All)
        {
            if (route.NextDialAt > now)
                closed |= route.Networks;
            else
                open |= route.Networks;
        }

        return AddressNetworks.All & ~(closed & ~open);
    }

    /// <summary>Gets or adds the route to an address.</summary>
    public Route Get(EndPoint endPoint)
    {
        var proxy = getProxy(endPoint);
        var name = Route.GetName(endPoint, proxy);
        if (_routes.TryGetValue(name, out var known))
            return known;
        var route = new Route(name, proxy is not null);
        _routes = new(_routes, StringComparer.Ordinal) { [name] = route };
        return route;
    }
}
