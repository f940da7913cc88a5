using System.Net;

namespace Connmgr.Rules;

/// <summary>The change that an attempt made to its route.</summary>
internal enum OutageChange
{
    None,
    Began,
    Ended,
}

/// <summary>The ways out, and which of them give answers. In an outage automatic dials become probes, one for each <paramref name="probeInterval"/>.</summary>
internal sealed class OutageTracker(RouteTable routes, TimeSpan probeInterval)
{
    /// <summary>The ways out that were used. May be read from any thread.</summary>
    public IEnumerable<Route> Routes => routes.All;

    /// <summary>
    /// The moment when the next automatic dial may be made in an outage of every way out; null without one. The ways that automatic dials took decide, when there are any: the names and proxies
    /// of permanent peers prove nothing about those.
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

    /// <summary>Gets the route that a dial takes.</summary>
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

    /// <summary>Notes how an attempt failed. A refusal or a failed handshake is an answer; silence is none; other causes prove nothing.</summary>
    public OutageChange NoteFailure(Route route, TimeSpan startedAt, ConnectPhase phase, ConnectFailureCause cause, TimeSpan now)
    {
        if (cause is ConnectFailureCause.Refused or ConnectFailureCause.Reset or ConnectFailureCause.ProtocolViolation or ConnectFailureCause.SelfConnection)
            return NoteAnswer(route, now);
        return phase != ConnectPhase.Handshake && IsSilence(cause, route) && route.Failed(startedAt, now + probeInterval) ? OutageChange.Began : OutageChange.None;
    }

    /// <summary>
    /// Determines whether a failure speaks against its route. Addresses that swallow what is sent to them, and names that could not be looked up, prove nothing while connections
    /// stand on it. No way to the host, or to the proxy, does. Design C-15.
    /// </summary>
    private static bool IsSilence(ConnectFailureCause cause, Route route) => cause switch
    {
        ConnectFailureCause.Timeout or ConnectFailureCause.LookupFailed => route.Connections == 0,
        ConnectFailureCause.Unreachable or ConnectFailureCause.ProxyUnreachable => true,
        _ => false,
    };
}
