using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The inbound peers, and what became of all that came. The names are those of the JSON.</summary>
/// <param name="Max">The most at one time; null for any number.</param>
/// <param name="Handshakes">Handshakes under way.</param>
/// <param name="Flooded">Whether there is a flood.</param>
/// <param name="Accepted">Connections accepted since the start.</param>
/// <param name="Evicted">Those of them that had to make room for others.</param>
/// <param name="Refused">Connections refused since the start, by cause.</param>
/// <param name="Netgroups">Where those connected come from, the most frequent first: at most 200.</param>
/// <param name="MoreNetgroups">How many netgroups there are beyond those.</param>
internal sealed record InboundItem(
    int? Max,
    int Handshakes,
    bool Flooded,
    long Accepted,
    long Evicted,
    ImmutableArray<RefusalItem> Refused,
    ImmutableArray<NetgroupItem> Netgroups,
    int MoreNetgroups)
{
    private const int MostNetgroups = 200;

    public static InboundItem Of(ConnectionManagerSnapshot snapshot)
    {
        var groups = snapshot.Connections
            .Where(connected => connected.Connection.Direction == ConnectionDirection.Inbound)
            .GroupBy(connected => GroupOf(connected.Connection), StringComparer.Ordinal)
            .Select(group => new NetgroupItem(group.Key, group.Count()))
            .OrderByDescending(group => group.Peers)
            .ThenBy(group => group.Group, StringComparer.Ordinal)
            .ToList();
        var inbound = snapshot.Inbound;
        return new InboundItem(
            snapshot.MaxInbound,
            inbound.Handshakes,
            inbound.IsFlooded,
            inbound.Accepted,
            inbound.Evicted,
            [.. inbound.Refused.Select(refused => new RefusalItem(Names.Of(refused.Cause), refused.Count, DecisionText.Of(refused.Cause)))],
            [.. groups.Take(MostNetgroups)],
            Math.Max(groups.Count - MostNetgroups, 0));
    }

    /// <summary>Those by an onion service all come from this machine, as far as one sees.</summary>
    private static string GroupOf(Connection connection)
    {
        if (connection.IsOnion)
            return "onion";
        var group = Netgroup.Of(connection.RemoteEndPoint);
        return group.IsNone ? "local" : group.ToString();
    }
}
