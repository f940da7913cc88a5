using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Combines the verdicts of the reputation and of <see cref="PeerNetworkOptions.Gate"/> about an address: for connections, and for
/// addresses that are kept or passed on. Thread-safe.
/// </summary>
/// <param name="reputation">Bans, scores and discouraged hosts.</param>
/// <param name="gate">The user's callback; null for none.</param>
internal sealed class PeerGate(PeerReputation reputation, Func<EndPoint, ConnectionDirection, GateVerdict>? gate)
{
    /// <summary>Gets the stricter of the two verdicts.</summary>
    public GateVerdict Evaluate(EndPoint endPoint, ConnectionDirection direction)
    {
        var verdict = reputation.Evaluate(endPoint, direction);
        if (verdict == GateVerdict.Refuse || gate is null)
            return verdict;
        var other = gate(endPoint, direction);
        return other == GateVerdict.Allow ? verdict : other;
    }

    /// <summary>Determines whether an address is excluded from the address book and from gossip.</summary>
    public bool Excludes(NetworkAddress address)
    {
        if (reputation.Bans.IsBanned(address) || reputation.Discouraged.Contains(address))
            return true;
        return gate is not null && new NetworkEndPoint(address, 1).ToEndPoint() is { } endPoint
            && gate(endPoint, ConnectionDirection.Outbound) != GateVerdict.Allow;
    }
}
