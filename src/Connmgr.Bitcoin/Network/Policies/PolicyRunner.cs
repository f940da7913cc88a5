using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Carries out the policies: one connection at a time, each by a one-off request whose tag has the purpose.</summary>
internal sealed class PolicyRunner(
    ConnectionManager connections,
    AddressBook book,
    AddressBookSource source,
    PolicySchedule schedule,
    Random random,
    TimeProvider time,
    ILogger logger)
{
    private readonly MonotonicClock _clock = new(time);
    private long _feelersAnswered; // Interlocked, as the next.
    private long _feelersFailed;

    /// <summary>The number of feelers that reached their peer. Thread-safe.</summary>
    public long FeelersAnswered => Volatile.Read(ref _feelersAnswered);

    /// <summary>The number of feelers that failed. Thread-safe.</summary>
    public long FeelersFailed => Volatile.Read(ref _feelersFailed);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (schedule.GetWait(_clock.Now) is { } wait)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            await RunDueAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var missing = GetMissingNetworks(snapshot);
        switch (schedule.Decide(_clock.Now, IsFull(snapshot), missing.Length > 0))
        {
            case PolicyStep.Feeler:
                await RunFeelerAsync(cancellationToken).ConfigureAwait(false);
                break;
            case PolicyStep.ExtraNetwork:
                await ConnectToAsync(missing[random.Next(missing.Length)], cancellationToken).ConfigureAwait(false);
                break;
            default:
                break;
        }
    }

    private async Task RunFeelerAsync(CancellationToken cancellationToken)
    {
        // An observer of two nodes must not see them start at the same moment. (As in Bitcoin Core.)
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()), time, cancellationToken).ConfigureAwait(false);
        var chosen = source.ChooseFeeler(new CandidateRequest(
            ConnectionKind.OneOff, endPoint => connections.GetRefusal(endPoint, ConnectionKind.OneOff)));
        if (chosen is null)
            return;
        if (await DialAsync(chosen, PeerPurpose.Feeler, cancellationToken).ConfigureAwait(false))
            Interlocked.Increment(ref _feelersAnswered);
        else
            Interlocked.Increment(ref _feelersFailed);
    }

    private async Task ConnectToAsync(AddressNetworks network, CancellationToken cancellationToken)
    {
        var chosen = source.Choose(
            new CandidateRequest(ConnectionKind.Automatic, endPoint => connections.GetRefusal(endPoint)), network);
        if (chosen is not null)
            await DialAsync(chosen, PeerPurpose.ExtraNetwork, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>True if the peer was reached.</returns>
    private async Task<bool> DialAsync(AddressBookCandidate chosen, PeerPurpose purpose, CancellationToken cancellationToken)
    {
        NetworkLog.Policy(logger, purpose, chosen.EndPoint);
        var request = connections.Connect(chosen.EndPoint.ToEndPoint()!, tag: new PeerTag(purpose) { Candidate = chosen });
        var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
        source.ReportOutcome(outcome with { Tag = chosen });
        return outcome.Succeeded;
    }

    private static bool IsFull(ConnectionManagerSnapshot snapshot) =>
        snapshot is { IsSuspended: false, IsOutage: false, TargetOutbound: > 0 }
        && snapshot.Count(ConnectionKind.Automatic) >= snapshot.TargetOutbound;

    /// <summary>Gets the networks that can be reached, that the book has addresses of, and that have no outbound peer.</summary>
    private ImmutableArray<AddressNetworks> GetMissingNetworks(ConnectionManagerSnapshot snapshot)
    {
        var connected = AddressNetworks.None;
        foreach (var connection in snapshot.Connections)
        {
            if (PeerNetwork.GetPurpose(connection.Connection) is not (PeerPurpose.Inbound or PeerPurpose.Feeler or PeerPurpose.AddressFetch))
                connected |= PeerTag.GetEndPoint(connection.Connection)?.Address.Network.ToSet() ?? AddressNetworks.None;
        }

        var reachable = source.Networks;
        return
        [
            .. AddressNetworkTable.All.Select(static each => each.Set)
                .Where(network => (reachable & ~connected).HasFlag(network) && book.GetCount(network) > 0),
        ];
    }
}
