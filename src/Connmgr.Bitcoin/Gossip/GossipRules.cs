namespace Connmgr.Bitcoin;

/// <summary>What is made of an address that a peer tells of. Pure; the times are those of Bitcoin Core.</summary>
internal sealed class GossipRules(AddressNetworks reachable, NodeServices useful)
{
    /// <summary>How much older than said an address is taken to be.</summary>
    public static readonly TimeSpan Penalty = TimeSpan.FromHours(2);

    /// <summary>How far from the truth the times in an answer to getaddr are at most.</summary>
    public static readonly TimeSpan MaxBlur = TimeSpan.FromDays(1);

    private static readonly TimeSpan AgeOfWrongTimes = TimeSpan.FromDays(5);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    // 1973: no Bitcoin node was seen then.
    private static readonly DateTimeOffset Earliest = DateTimeOffset.FromUnixTimeSeconds(100_000_000);

    /// <summary>Makes of an address what we hold of it: a time that may be true, and CJDNS where we take part in it.</summary>
    /// <returns>False when it is of no use: not routable, or without useful services.</returns>
    public bool TryNormalize(in PeerAddress announced, DateTimeOffset now, out PeerAddress read)
    {
        var address = announced.EndPoint.Address;
        if ((reachable & AddressNetworks.Cjdns) != AddressNetworks.None)
            address = address.ToCjdns();
        read = new(new(address, announced.EndPoint.Port), announced.Services, Plausible(announced.LastSeen, now));
        return address.IsRoutable && (useful == NodeServices.None || ((NodeServices)announced.Services & useful) != NodeServices.None);
    }

    /// <summary>Whether we could dial addresses of a network.</summary>
    public bool IsReachable(AddressNetwork network) => (reachable & network.ToSet()) != AddressNetworks.None;

    private static DateTimeOffset Plausible(DateTimeOffset seen, DateTimeOffset now) =>
        seen <= Earliest || seen > now + Tolerance ? now - AgeOfWrongTimes : seen;

    /// <summary>Whether an address was seen so lately that others should hear of it.</summary>
    public static bool IsFresh(in PeerAddress address, DateTimeOffset now) => address.LastSeen > now - Tolerance;
}
