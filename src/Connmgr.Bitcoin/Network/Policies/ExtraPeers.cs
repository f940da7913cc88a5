using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Connects peers in addition to the target, one that relays blocks only and one full peer at a time, and lets each take the place of
/// another or end. Thread-safe.
/// </summary>
internal sealed class ExtraPeers(
    ConnectionManager connections, AddressBookSource source, PeerTrials trials, StaleTip tip, TimeProvider time, ILogger logger)
{
    /// <summary>The time between two decisions about the extra peers, as in Bitcoin Core.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(45);

    /// <summary>Determines whether a connection is an extra one with a profile, whose trial has not ended.</summary>
    public static bool IsExtra(Connection connection, string profile) =>
        GetExtraPurpose(connection) is not null && string.Equals(connection.Profile, profile, StringComparison.Ordinal);

    /// <summary>Gets the groups that an extra peer with a profile may join.</summary>
    public ImmutableArray<OutboundGroup> GetGroups(string profile) =>
        [.. connections.OutboundGroups.Where(group => group.Target > 0 && string.Equals(group.Profile, profile, StringComparison.Ordinal))];

    /// <summary>Connects one more peer.</summary>
    /// <param name="purpose">The purpose.</param>
    /// <param name="profile">The profile of the groups that it is for.</param>
    /// <param name="networks">The networks that it may be of.</param>
    /// <param name="cancellationToken">Gives up the attempt.</param>
    public async Task ConnectAsync(PeerPurpose purpose, string profile, AddressNetworks networks, CancellationToken cancellationToken)
    {
        var groups = GetGroups(profile);
        if (groups.IsEmpty || source.ChooseFromBook(trials.CreateRequest(groups), networks) is not { } chosen)
            return;
        NetworkLog.Policy(logger, purpose, chosen.EndPoint);
        await trials.ConnectAsync(new(chosen.EndPoint.ToEndPoint()!, chosen), purpose, groups, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Decides about the extra peers again and again, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
            var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
            foreach (var each in snapshot.Connections)
            {
                if (GetExtraPurpose(each.Connection) is not null && each.Connection.UserState is BitcoinPeer extra)
                    await DecideAsync(extra, each.Connection, snapshot).ConfigureAwait(false);
            }
        }
    }

    private static PeerPurpose? GetExtraPurpose(Connection connection) =>
        connection.Kind == ConnectionKind.Trial && PeerNetwork.GetPurpose(connection) is var purpose
        && purpose is PeerPurpose.ExtraNetwork or PeerPurpose.ExtraBlockRelay or PeerPurpose.ExtraFull
            ? purpose
            : null;

    private async Task DecideAsync(BitcoinPeer extra, Connection connection, ConnectionManagerSnapshot snapshot)
    {
        if (await trials.TryFillAsync(extra).ConfigureAwait(false))
            return;
        var groups = GetGroups(connection.Profile);
        if (groups.IsEmpty)
        {
            trials.Reject(extra, "no group is left that it could join");
            return;
        }

        ImmutableArray<ExtraPeerMember> members =
        [
            .. snapshot.Connections
                .Where(each => each.Connection == connection || IsReplaceable(each.Connection, connection, groups))
                .Select(static each => new ExtraPeerMember(
                    each.Connection.Id,
                    each.Age,
                    each.Connection.Usefulness.LastBlock,
                    PeerTag.GetNetwork(each.Connection),
                    each.Connection.IsProtected,
                    each.Connection.UserState is BitcoinPeer { RequestsUnderWay: > 0 })),
        ];
        var isBlockRelay = string.Equals(connection.Profile, PeerProfile.BlockRelayName, StringComparison.Ordinal);
        var ended = isBlockRelay
            ? ExtraPeerRules.FindBlockRelay(members)
            : ExtraPeerRules.FindFull(members, FindOtherNetworks(snapshot, members));
        if (ended is not { Id: var id })
            return;
        if (id == extra.Id)
            extra.Close("it was a peer in addition to the target, and takes no other's place");
        else if (!await trials.PromoteAsync(extra, snapshot.Connections.First(each => each.Connection.Id == id).Connection).ConfigureAwait(false))
            return;
        if (!isBlockRelay)
            tip.Clear();
    }

    /// <summary>Determines whether an extra connection suits the group of an automatic one.</summary>
    private static bool IsReplaceable(Connection automatic, Connection extra, ImmutableArray<OutboundGroup> groups) =>
        automatic.Group is { } name && groups.FirstOrDefault(group => string.Equals(group.Name, name, StringComparison.Ordinal)) is { } own
        && PeerTrials.Suits(extra, own);

    /// <summary>Gets the networks of the other outbound peers that stay and exchange addresses.</summary>
    private static IEnumerable<AddressNetworks> FindOtherNetworks(ConnectionManagerSnapshot snapshot, ImmutableArray<ExtraPeerMember> members) => snapshot.Connections
        .Select(static each => each.Connection)
        .Where(connection => CountsForNetworks(connection) && !members.Any(member => member.Id == connection.Id))
        .Select(PeerTag.GetNetwork);

    /// <summary>Determines whether a connection is one by which the network of its peer is reached, as Bitcoin Core counts them.</summary>
    public static bool CountsForNetworks(Connection connection) =>
        PeerNetwork.GetPurpose(connection) is not (PeerPurpose.Inbound or PeerPurpose.Feeler or PeerPurpose.AddressFetch or PeerPurpose.PrivateBroadcast)
        && !string.Equals(connection.Profile, PeerProfile.BlockRelayName, StringComparison.Ordinal);
}
