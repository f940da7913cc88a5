using System.Net;

namespace Connmgr.Rules;

/// <summary>The change that an attempt made to its route.</summary>
internal enum OutageChange
{
    None,
    Began,
    Ended,
}

/// <summary>The routes, and their outages. In an outage automatic dials become probes, one per <paramref name="probeInterval"/>.</summary>
internal sealed class OutageTracker(RouteTable routes, TimeSpan probeInterval)
{
    /// <summary>The routes that were used. May be read from any thread.</summary>
    public IEnumerable<Route> Routes => routes.All;

    /// <summary>
    /// The time of the next allowed automatic dial if every route is in an outage; null otherwise. Only the routes of automatic dials count
    /// if there are any, because the names and proxies of permanent peers prove nothing about those.
    /// </summary>
    public TimeSpan? NextProbeAt
    {
        get
        {
            TimeSpan? next = null;
            var hasAutomatic = false;
            foreach (var route in routes.All)
                hasAutomatic |= route.IsAutomatic;
            foreach (var route in routes.All)
            {
                if (hasAutomatic && !route.IsAutomatic)
                    continue;
                if (!route.IsProbing)
                    return null;
                next = next < route.NextDialAt ? next : route.NextDialAt;
            }

            return next;
        }
    }

    /// <summary>Gets the route of a dial, and records that it is used.</summary>
    public Route Take(EndPoint endPoint, ConnectionKind kind, TimeSpan now)
    {
        var route = routes.Get(endPoint);
        if (kind == ConnectionKind.Automatic)
        {
            route.TakenTo(NetworkWords.GetSet(endPoint));
            if (route.IsProbing)
                route.Probed(now + probeInterval);
        }

        return route;
    }

    /// <summary>Notes that something behind a route answered.</summary>
    public static OutageChange NoteAnswer(Route route, TimeSpan now) => route.Answered(now) ? OutageChange.Ended : OutageChange.None;

    /// <summary>
    /// Records the failure of an attempt. A refusal or a failed handshake is an answer; silence is not; other causes prove nothing.
    /// </summary>
    public OutageChange NoteFailure(Route route, TimeSpan startedAt, ConnectPhase phase, ConnectFailureCause cause, TimeSpan now)
    {
        if (cause is ConnectFailureCause.Refused or ConnectFailureCause.Reset or ConnectFailureCause.ProtocolViolation or ConnectFailureCause.SelfConnection)
            return NoteAnswer(route, now);
        return phase != ConnectPhase.Handshake && IsSilence(cause, route) && route.Failed(startedAt, now + probeInterval) ? OutageChange.Began : OutageChange.None;
    }

    /// <summary>
    /// Determines whether a failure is evidence against its route. Addresses without any response, and names that could not be looked up,
    /// prove nothing while the route has connections. An unreachable host or proxy does. Design C-15.
    /// </summary>
    private static bool IsSilence(ConnectFailureCause cause, Route route) => cause switch
    {
        ConnectFailureCause.Timeout or ConnectFailureCause.LookupFailed => route.Connections == 0,
        ConnectFailureCause.Unreachable or ConnectFailureCause.ProxyUnreachable => true,
        _ => false,
    };
}
