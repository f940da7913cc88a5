using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// Checks whether an address of the source may be dialled now. The rules decide by it. The source may use it from another thread as a hint,
/// because the tables change meanwhile; all state that is read here may be read by any thread. Design C-6.
/// </summary>
internal sealed class CandidateCheck(
    RulesOptions options, ClaimTable claims, AddressRests rests, NetgroupTable netgroups, RouteTable routes, WantedGroups wanted)
{
    /// <summary>The groups of which an automatic connection is wanted now.</summary>
    public WantedGroups Wanted => wanted;

    /// <summary>Gets the networks of which an address may be dialled: for an automatic connection, not those in an outage.</summary>
    public AddressNetworks GetNetworks(ConnectionKind kind, TimeSpan now) => kind == ConnectionKind.Automatic ? routes.NetworksAt(now) : AddressNetworks.All;

    /// <summary>Gets the reason why the rules would refuse an address that the source offers for an automatic connection.</summary>
    public ConnectFailureCause GetOfferRefusal(EndPoint endPoint, UInt128? traits, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var key = EndPointKey.Borrow(endPoint);
        var plain = EndPointKey.Plain(endPoint, key);
        var cause = GetRefusal(plain, key, ConnectionKind.Automatic, now);
        return cause == ConnectFailureCause.None && !wanted.MayTake(plain, key, traits, now) ? ConnectFailureCause.Unsuited : cause;
    }

    /// <summary>Gets the reason why an address must not be dialled now.</summary>
    public ConnectFailureCause GetRefusal(EndPoint endPoint, ConnectionKind kind, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var key = EndPointKey.Borrow(endPoint);
        return GetRefusal(EndPointKey.Plain(endPoint, key), key, kind, now);
    }

    /// <summary>Gets the reason why an address must not be dialled now.</summary>
    /// <param name="endPoint">The address in its plain form.</param>
    /// <param name="key">Its key.</param>
    /// <param name="kind">The kind of connection for which it is meant.</param>
    /// <param name="now">The current time.</param>
    public ConnectFailureCause GetRefusal(EndPoint endPoint, EndPoint key, ConnectionKind kind, TimeSpan now)
    {
        if (!options.Manager.AllowDuplicateAddresses && claims.GetOwner(key) is not null)
            return ConnectFailureCause.DuplicateAddress;
        if (rests.IsResting(key, now))
            return ConnectFailureCause.RecentlyTried;
        if (options.Gate(endPoint, ConnectionDirection.Outbound) != GateVerdict.Allow)
            return ConnectFailureCause.GateRefused;
        if (kind is not (ConnectionKind.Automatic or ConnectionKind.Trial))
            return ConnectFailureCause.None;
        if (!options.Manager.AllowDuplicateAddresses && netgroups.IsFull(options.GetGroup(key)))
            return ConnectFailureCause.NetgroupLimit;
        return routes.Find(endPoint)?.NextDialAt > now ? ConnectFailureCause.NetworkOutage : ConnectFailureCause.None;
    }
}
