using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// Whether an address of the source may be dialled now. The rules decide by it. The source may ask it too, from another thread: a hint,
/// since the tables change meanwhile, and all that they are asked for here is safe to read.
/// </summary>
internal sealed class CandidateCheck(
    RulesOptions options, ClaimTable claims, AddressRests rests, NetgroupTable netgroups, RouteTable routes)
{
    /// <summary>Gets the networks of which an address may be dialled: for an automatic connection, not those that are out.</summary>
    public AddressNetworks NetworksOf(ConnectionKind kind, TimeSpan now) => kind == ConnectionKind.Automatic ? routes.NetworksAt(now) : AddressNetworks.All;

    public ConnectFailureCause RefusalOf(EndPoint endPoint, ConnectionKind kind, TimeSpan now)
    {
        var key = EndPointKey.Of(endPoint);
        return RefusalOf(EndPointKey.Plain(endPoint, key), key, kind, now);
    }

    /// <param name="endPoint">The address in its plain form.</param>
    /// <param name="key">Its key.</param>
    /// <param name="kind">What it is for.</param>
    /// <param name="now">The present.</param>
    public ConnectFailureCause RefusalOf(EndPoint endPoint, EndPoint key, ConnectionKind kind, TimeSpan now)
    {
        if (!options.AllowDuplicateAddresses && claims.OwnerOf(key) is not null)
            return ConnectFailureCause.DuplicateAddress;
        if (rests.IsResting(key, now))
            return ConnectFailureCause.RecentlyTried;
        if (options.Gate(endPoint, ConnectionDirection.Outbound) != GateVerdict.Allow)
            return ConnectFailureCause.Gated;
        if (kind != ConnectionKind.Automatic)
            return ConnectFailureCause.None;
        if (!options.AllowDuplicateAddresses && netgroups.IsFull(options.GroupOf(key)))
            return ConnectFailureCause.NetgroupFull;
        return routes.Find(endPoint)?.NextDialAt > now ? ConnectFailureCause.NetworkOutage : ConnectFailureCause.None;
    }
}
