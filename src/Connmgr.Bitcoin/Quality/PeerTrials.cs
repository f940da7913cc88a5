using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Connects candidates as trials, in addition to the target, and lets one take the place of a peer. The number of connections never falls
/// below the target, because the exchange is a single event of the manager. Thread-safe.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="source">The source of candidates, which also learns the outcomes.</param>
/// <param name="state">The tables of the network.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class PeerTrials(ConnectionManager connections, IAddressSource source, NetworkState state, ILogger logger)
{
    /// <summary>The most trials of one replacement at a time. Most addresses of a book are dead, so one after another would take long.</summary>
    private const int MaxDials = 3;

    /// <summary>The least time between two trials of one dial.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Replaces a peer by a new one of its group: see <see cref="PeerNetwork.ReplaceAsync"/>.</summary>
    public async Task<bool> ReplaceAsync(BitcoinPeer peer, Func<BitcoinPeer, bool>? isBetter, TimeSpan within, CancellationToken cancellationToken)
    {
        if (peer.Connection is not { } replaced || FindGroup(replaced.Group) is not { } group)
            return false;
        using var limit = new CancellationTokenSource(within, state.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var searches = Task.WhenAll(Enumerable.Range(0, MaxDials).Select(_ => SearchAsync(replaced, group, isBetter, stop)));
        await Task.WhenAny(searches, replaced.Closed).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false); // It is replaced, or it has left: then its place is filled like any other.
        if ((await searches.ConfigureAwait(false)).Contains(true))
            return true;
        cancellationToken.ThrowIfCancellationRequested();
        return false;
    }

    /// <summary>Replaces some of the worst peers of a group: see <see cref="PeerNetwork.RotateAsync"/>.</summary>
    public async Task<int> RotateAsync(string group, int count, TimeSpan within, CancellationToken cancellationToken)
    {
        var began = state.Time.GetTimestamp();
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        BitcoinPeer[] worst =
        [
            .. GetMembers(snapshot, group)
                .Where(static member => !member.Connection.IsProtected)
                .OrderBy(member => state.GetRating(state.Records.Get(member.Peer, member.Connection)).Value)
                .ThenByDescending(static member => member.Connection.Age)
                .Take(count)
                .Select(static member => member.Peer),
        ];
        var replaced = 0;
        foreach (var peer in worst)
        {
            var left = within - state.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                break;
            replaced += await ReplaceAsync(peer, isBetter: null, left, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return replaced;
    }

    /// <summary>Gets the peers of a group.</summary>
    public static IEnumerable<(BitcoinPeer Peer, Connection Connection)> GetMembers(ConnectionManagerSnapshot snapshot, string group) => snapshot.Connections
        .Where(each => string.Equals(each.Connection.Group, group, StringComparison.Ordinal) && each.Connection.UserState is BitcoinPeer)
        .Select(static each => ((BitcoinPeer)each.Connection.UserState!, each.Connection));

    /// <summary>Finds a group by its name.</summary>
    public OutboundGroup? FindGroup(string? name) =>
        connections.OutboundGroups.FirstOrDefault(group => string.Equals(group.Name, name, StringComparison.Ordinal));

    /// <summary>Creates a request for an address that suits one of some groups and may be dialled now.</summary>
    public CandidateRequest CreateRequest(params ImmutableArray<OutboundGroup> groups)
    {
        var networks = groups.Aggregate(AddressNetworks.None, static (all, group) => all | group.Networks);
        return new(ConnectionKind.Automatic, endPoint => connections.GetRefusal(endPoint), () => networks, () => groups);
    }

    /// <summary>Connects a candidate as a trial.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="purpose">The purpose of the trial.</param>
    /// <param name="groups">The groups that it is for, all of one profile.</param>
    /// <param name="cancellationToken">Gives up the attempt.</param>
    /// <returns>The peer, which has the traits of one of the groups; null if it could not be connected, or does not have them.</returns>
    public async Task<BitcoinPeer?> ConnectAsync(
        Candidate candidate, PeerPurpose purpose, ImmutableArray<OutboundGroup> groups, CancellationToken cancellationToken)
    {
        var tag = new PeerTag(purpose) { Candidate = candidate.Tag as AddressBookCandidate, Began = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        var request = connections.ConnectTrial(candidate.EndPoint, groups[0].Profile, tag);
        BitcoinPeer? peer = null;
        try
        {
            var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
            source.ReportOutcome(outcome with { Tag = candidate.Tag });
            if (outcome.Succeeded
                && await tag.Began.Task.WaitAsync(cancellationToken).ConfigureAwait(false) is { Connection: { } connection } connected
                && groups.Any(group => Suits(connection, group)))
            {
                peer = connected;
            }

            if (peer is null)
                state.Trials.Add(TrialOutcome.Failed);
            return peer;
        }
        finally
        {
            if (peer is null)
                await connections.RemoveAsync(request.Id, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Determines whether a connection has the profile and the traits that a group asks for, and an address of its networks.</summary>
    public static bool Suits(Connection connection, OutboundGroup group) =>
        string.Equals(connection.Profile, group.Profile, StringComparison.Ordinal)
        && (connection.Traits & group.Traits) == group.Traits
        && (group.Networks == AddressNetworks.All || (PeerTag.GetNetwork(connection) & group.Networks) != AddressNetworks.None);

    /// <summary>Lets a trial take a vacant place.</summary>
    public async Task<bool> TryFillAsync(BitcoinPeer trial)
    {
        if (!await connections.PromoteAsync(trial.Id).ConfigureAwait(false))
            return false;
        state.Outbound.Promote(trial.Id);
        state.Trials.Add(TrialOutcome.Promoted);
        return true;
    }

    /// <summary>Lets a trial take the place of a peer, or of one that has gone meanwhile.</summary>
    public async Task<bool> PromoteAsync(BitcoinPeer trial, Connection replaced)
    {
        if (!await connections.PromoteAsync(trial.Id, replaced.Id).ConfigureAwait(false)
            && !(replaced.IsEnded && await connections.PromoteAsync(trial.Id, replacedId: null).ConfigureAwait(false)))
        {
            return false;
        }

        state.Outbound.Promote(trial.Id);
        state.Trials.Add(TrialOutcome.Promoted);
        NetworkLog.Replaced(logger, trial.RemoteEndPoint, replaced.RemoteEndPoint);
        return true;
    }

    /// <summary>Ends a trial that takes no place.</summary>
    public void Reject(BitcoinPeer trial, string reason)
    {
        state.Trials.Add(TrialOutcome.Rejected);
        trial.Close(reason);
    }

    /// <summary>Tries candidates until one takes the place of a peer, or another search has ended all of them.</summary>
    private async Task<bool> SearchAsync(Connection replaced, OutboundGroup group, Func<BitcoinPeer, bool>? isBetter, CancellationTokenSource stop)
    {
        try
        {
            while (!await TryOnceAsync(replaced, group, isBetter, stop.Token).ConfigureAwait(false))
                await Task.Delay(Pace, state.Time, stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<bool> TryOnceAsync(Connection replaced, OutboundGroup group, Func<BitcoinPeer, bool>? isBetter, CancellationToken cancellationToken)
    {
        if (await source.GetAsync(CreateRequest(group), cancellationToken).ConfigureAwait(false) is not { } candidate
            || await ConnectAsync(candidate, PeerPurpose.Trial, [group], cancellationToken).ConfigureAwait(false) is not { } trial)
        {
            return false;
        }

        var isPromoted = false;
        try
        {
            isPromoted = (isBetter is null || isBetter(trial)) && await PromoteAsync(trial, replaced).ConfigureAwait(false);
            return isPromoted;
        }
        finally
        {
            if (!isPromoted)
                Reject(trial, "it does not take the place of another peer");
        }
    }
}
