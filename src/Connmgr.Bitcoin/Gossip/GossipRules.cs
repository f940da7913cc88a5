namespace Connmgr.Bitcoin;

/// <summary>The rules for addresses that peers send. Pure; the times are those of Bitcoin Core.</summary>
internal sealed class GossipRules(AddressNetworks reachable, NodeServices useful)
{
    /// <summary>The time by which an address is taken to be older than it claims.</summary>
    public static readonly TimeSpan Penalty = TimeSpan.FromHours(2);

    /// <summary>The most by which the times in an answer to getaddr are changed.</summary>
    public static readonly TimeSpan MaxBlur = TimeSpan.FromDays(1);

    private static readonly TimeSpan AgeOfWrongTimes = TimeSpan.FromDays(5);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    // 1973, when no Bitcoin node existed.
    private static readonly DateTimeOffset Earliest = DateTimeOffset.FromUnixTimeSeconds(100_000_000);

    /// <summary>
    /// Normalizes an address: gives it a plausible time, and makes it a CJDNS address if that network is reachable and has it.
    /// </summary>
    /// <returns>False if the address is useless: not routable, or without useful services.</returns>
    public bool TryNormalize(in PeerAddress announced, DateTimeOffset now, out PeerAddress read)
    {
        var address = announced.EndPoint.Address;
        if ((reachable & AddressNetworks.Cjdns) != AddressNetworks.None)
            address = address.ToCjdns();
        read = new(new(address, announced.EndPoint.Port), announced.Services, Plausible(announced.LastSeen, now));
        return address.IsRoutable && (useful == NodeServices.None || ((NodeServices)announced.Services & useful) != NodeServices.None);
    }

    /// <summary>Determines whether the node can dial addresses of a network.</summary>
    public bool IsReachable(AddressNetwork network) => (reachable & network.ToSet()) != AddressNetworks.None;

    private static DateTimeOffset Plausible(DateTimeOffset seen, DateTimeOffset now) =>
        seen <= Earliest || seen > now + Tolerance ? now - AgeOfWrongTimes : seen;

    /// <summary>Determines whether an address was seen recently enough to be relayed.</summary>
    public static bool IsFresh(in PeerAddress address, DateTimeOffset now) => address.LastSeen > now - Tolerance;
}
