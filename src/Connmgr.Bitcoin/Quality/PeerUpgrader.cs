using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Carries out the upgrade: <see cref="PeerUpgrade"/>. One loop, so there is one trial at a time.</summary>
internal sealed class PeerUpgrader(
    ConnectionManager connections, AddressBookSource source, PeerTrials trials, NetworkState state, PeerUpgrade options, ILogger logger)
{
    /// <summary>The most candidates that are compared for one trial. They are drawn at random, so that the choice can't be predicted.</summary>
    private const int MaxCandidates = 10;

    private readonly MonotonicClock _clock = new(state.Time);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var schedule = new UpgradeSchedule(options, _clock.Now);
        while (true)
        {
            await Task.Delay(TimerWait.RoundUp(schedule.GetWait(_clock.Now)), state.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                await RunDueAsync(schedule, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                NetworkLog.UpgradeFailed(logger, exception); // The program's rating threw. It may do better with other peers.
            }
        }
    }

    private async Task RunDueAsync(UpgradeSchedule schedule, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is not var (group, candidate) || !schedule.TryBegin(_clock.Now))
            return;
        try
        {
            await TryAsync(group, candidate, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            schedule.End();
        }
    }

    /// <summary>Finds a candidate that is expected to be clearly better than a peer that may be replaced.</summary>
    private async Task<(OutboundGroup Group, AddressBookCandidate Candidate)?> FindAsync(CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (snapshot.IsSuspended || snapshot.IsOutage)
            return null;
        foreach (var (rated, worst) in UpgradeRules.Order([.. snapshot.Groups.Select(group => Rate(snapshot, group.Group))]))
        {
            if (trials.FindGroup(rated.Name) is { } group && FindBest(group, rated.Members) is var (best, rating)
                && UpgradeRules.IsClearlyBetter(rating, worst.Rating, options))
                return (group, best);
        }

        return null;
    }

    /// <summary>Finds the candidate for a group of which the most is expected.</summary>
    /// <returns>Null if there is none.</returns>
    private (AddressBookCandidate Best, double Rating)? FindBest(OutboundGroup group, ImmutableArray<UpgradeMember> members)
    {
        var request = trials.CreateRequest(group);
        AddressBookCandidate? best = null;
        var bestRating = double.NegativeInfinity;
        for (var i = 0; i < MaxCandidates && source.ChooseFromBook(request, source.Networks & group.Networks) is { } candidate; i++)
        {
            var facts = state.Records.Get(candidate.EndPoint);
            var rating = UpgradeRules.Expect(GetRating(facts), isKnown: facts.Purpose is not null, members);
            if (rating > bestRating)
                (best, bestRating) = (candidate, rating);
        }

        return best is null ? null : (best, bestRating);
    }

    private async Task TryAsync(OutboundGroup group, AddressBookCandidate candidate, CancellationToken cancellationToken)
    {
        NetworkLog.Policy(logger, PeerPurpose.Trial, candidate.EndPoint);
        if (await trials.ConnectAsync(
            new(candidate.EndPoint.ToEndPoint()!, candidate), PeerPurpose.Trial, [group], cancellationToken).ConfigureAwait(false) is not { } trial)
            return;
        var isPromoted = false;
        try
        {
            isPromoted = await ProvesItselfAsync(trial, cancellationToken).ConfigureAwait(false)
                && await PromoteAsync(trial, group, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isPromoted)
                trials.Reject(trial, "it is not clearly better than the peers of its group");
        }
    }

    /// <summary>Determines whether a trial lasts, and answers a ping.</summary>
    private async Task<bool> ProvesItselfAsync(BitcoinPeer trial, CancellationToken cancellationToken)
    {
        var connection = trial.Connection!;
        try
        {
            await connection.Closed.WaitAsync(options.TrialTime, state.Time, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (TimeoutException)
        {
            return trial.ShortestRoundTrip is not null;
        }
    }

    /// <summary>Lets a trial take the place of the worst peer of today, if it is still clearly better.</summary>
    private async Task<bool> PromoteAsync(BitcoinPeer trial, OutboundGroup group, CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var rating = GetRating(state.Records.Get(trial, trial.Connection!));
        if (UpgradeRules.FindWorst(Rate(snapshot, group).Members, group.Target) is not { } worst || !UpgradeRules.IsClearlyBetter(rating, worst.Rating, options))
            return false;
        var replaced = snapshot.Connections.First(each => each.Connection.Id == worst.Id).Connection;
        return await trials.PromoteAsync(trial, replaced).ConfigureAwait(false);
    }

    private UpgradeGroup Rate(ConnectionManagerSnapshot snapshot, OutboundGroup group) => new(
        group.Name,
        group.Target,
        [
            .. PeerTrials.GetMembers(snapshot, group.Name).Select(member => new UpgradeMember(
                member.Connection.Id, member.Connection.Age, GetRating(state.Records.Get(member.Peer, member.Connection)), member.Connection.IsProtected)),
        ]);

    private double GetRating(PeerFacts facts) => state.GetRating(UpgradeRules.WithoutAge(facts)).Value;
}
