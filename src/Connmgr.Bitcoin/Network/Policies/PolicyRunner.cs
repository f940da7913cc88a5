using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Carries out the policies: one attempt at a time, each by a request whose tag has the purpose.</summary>
internal sealed class PolicyRunner(
    ConnectionManager connections,
    AddressBook book,
    AddressBookSource source,
    PolicySchedule schedule,
    ExtraPeers extras,
    StaleTip tip,
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
        while (true)
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
            await RunDueAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until something is due, or a stale tip is reported.</summary>
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var reported = tip.Reported;
        var wait = TimerWait.RoundUp(schedule.GetWait(_clock.Now, reported.IsCompleted));
        if (reported.IsCompleted)
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        else
            await reported.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var missing = GetMissingNetworks(snapshot);
        var hasExtraFull = snapshot.Connections.Any(static each => ExtraPeers.IsExtra(each.Connection, PeerProfile.Full.Name));
        var hasExtraBlockRelay = snapshot.Connections.Any(static each => ExtraPeers.IsExtra(each.Connection, PeerProfile.BlockRelayName));
        var situation = new PolicySituation(
            IsFull(snapshot),
            IsNetworkMissing: !hasExtraFull && missing.Length > 0,
            CanAddBlockRelay: !hasExtraBlockRelay && !extras.GetGroups(PeerProfile.BlockRelayName).IsEmpty,
            NeedsFullPeer: tip.IsReported && !hasExtraFull && !extras.GetGroups(PeerProfile.Full.Name).IsEmpty);
        await (schedule.Decide(_clock.Now, situation) switch
        {
            PolicyStep.Feeler => RunFeelerAsync(cancellationToken),
            PolicyStep.ExtraNetwork => ConnectExtraAsync(PeerPurpose.ExtraNetwork, PeerProfile.Full.Name, missing[random.Next(missing.Length)]),
            PolicyStep.ExtraBlockRelay => ConnectExtraAsync(PeerPurpose.ExtraBlockRelay, PeerProfile.BlockRelayName, source.Networks),
            PolicyStep.ExtraFull => ConnectExtraAsync(PeerPurpose.ExtraFull, PeerProfile.Full.Name, source.Networks),
            _ => Task.CompletedTask,
        }).ConfigureAwait(false);

        Task ConnectExtraAsync(PeerPurpose purpose, string profile, AddressNetworks networks) =>
            extras.ConnectAsync(purpose, profile, networks, cancellationToken);
    }

    private async Task RunFeelerAsync(CancellationToken cancellationToken)
    {
        // An observer of two nodes must not see them start at the same moment. (As in Bitcoin Core.)
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()), time, cancellationToken).ConfigureAwait(false);
        var chosen = source.ChooseFeeler(new CandidateRequest(
            ConnectionKind.OneOff, endPoint => connections.GetRefusal(endPoint, ConnectionKind.OneOff)));
        if (chosen is null)
            return;
        if (await DialFeelerAsync(chosen, cancellationToken).ConfigureAwait(false))
            Interlocked.Increment(ref _feelersAnswered);
        else
            Interlocked.Increment(ref _feelersFailed);
    }

    /// <returns>True if the peer was reached.</returns>
    private async Task<bool> DialFeelerAsync(AddressBookCandidate chosen, CancellationToken cancellationToken)
    {
        NetworkLog.Policy(logger, PeerPurpose.Feeler, chosen.EndPoint);
        var request = connections.Connect(chosen.EndPoint.ToEndPoint()!, tag: new PeerTag(PeerPurpose.Feeler) { Candidate = chosen });
        var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
        source.ReportOutcome(outcome with { Tag = chosen });
        return outcome.Succeeded;
    }

    private static bool IsFull(ConnectionManagerSnapshot snapshot) =>
        snapshot is { IsSuspended: false, IsOutage: false, TargetOutbound: > 0 }
        && snapshot.Count(ConnectionKind.Automatic) >= snapshot.TargetOutbound;

    /// <summary>Gets the networks that can be reached, that the book has addresses of, and that have no full outbound peer.</summary>
    private ImmutableArray<AddressNetworks> GetMissingNetworks(ConnectionManagerSnapshot snapshot)
    {
        var connected = snapshot.Connections.Where(static each => ExtraPeers.CountsForNetworks(each.Connection))
            .Aggregate(AddressNetworks.None, static (all, each) => all | PeerTag.GetNetwork(each.Connection));
        var wanted = extras.GetGroups(PeerProfile.Full.Name).Aggregate(AddressNetworks.None, static (all, group) => all | group.Networks);
        var reachable = source.Networks & wanted & ~connected;
        return
        [
            .. AddressNetworkTable.All.Select(static each => each.Set).Where(network => reachable.HasFlag(network) && book.GetCount(network) > 0),
        ];
    }
}
