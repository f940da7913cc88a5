using System.Net;

namespace Connmgr.Fleet;

/// <summary>Wraps a source, and offers only addresses that this process has claimed. Thread-safe, as far as the source is.</summary>
internal sealed class ClaimedSource(IAddressSource inner, FleetConnection fleet) : IAddressSource
{
    private const int MaxTries = 100;

    /// <summary>
    /// The refusal of an address that another process holds. Not <see cref="ConnectFailureCause.DuplicateAddress"/>, by which a source learns
    /// that there is a connection to the address: the other process may hold it only to try it, and in vain.
    /// </summary>
    private const ConnectFailureCause Taken = ConnectFailureCause.RecentlyTried;

    private readonly Lock _lock = new();
    private readonly Lock _reports = new(); // A source gets one report at a time, and some are made here.

    // Guarded by _lock: the claims of addresses that were offered, until their outcome.
    private readonly Dictionary<string, Queue<IDisposable>> _offered = new(StringComparer.Ordinal);

    public bool IsAvailable => fleet.CanBegin && inner.IsAvailable;

    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        var claims = fleet.Claims;
        var free = new CandidateRequest(
            request.Kind,
            endPoint => claims.IsHeldElsewhere(endPoint) ? Taken : request.GetRefusal(endPoint),
            () => request.Networks,
            () => request.Wanted);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            await fleet.WhenReadyAsync(cancellationToken).ConfigureAwait(false);
            if (await inner.GetAsync(free, cancellationToken).ConfigureAwait(false) is not { } candidate)
                return null;
            var cause = ConnectFailureCause.Canceled;
            var isOffered = false;
            try
            {
                if (await claims.TryClaimAsync(candidate.EndPoint, cancellationToken: cancellationToken).ConfigureAwait(false) is { } claim)
                {
                    Keep(candidate.EndPoint, claim);
                    isOffered = true;
                    return candidate;
                }

                cause = Taken;
            }
            catch (FleetUnavailableException)
            {
                // The source is asked again when Redis answers.
            }
            finally
            {
                if (!isOffered)
                    Report(new AttemptOutcome { RequestId = 0, EndPoint = candidate.EndPoint, Cause = cause, Tag = candidate.Tag });
            }
        }

        return null;
    }

    public void ReportOutcome(in AttemptOutcome outcome)
    {
        if (outcome.EndPoint is { } endPoint)
            Release(endPoint);
        Report(outcome);
    }

    public void ReportShortConnections(in Candidate candidate, int count)
    {
        lock (_reports)
            inner.ReportShortConnections(candidate, count);
    }

    private void Report(in AttemptOutcome outcome)
    {
        lock (_reports)
            inner.ReportOutcome(outcome);
    }

    private void Keep(EndPoint endPoint, IDisposable claim)
    {
        var key = AddressClaims.GetKey(endPoint);
        lock (_lock)
        {
            if (!_offered.TryGetValue(key, out var queue))
                _offered.Add(key, queue = []);
            queue.Enqueue(claim);
        }
    }

    private void Release(EndPoint endPoint)
    {
        IDisposable? claim;
        var key = AddressClaims.GetKey(endPoint);
        lock (_lock)
        {
            if (!_offered.TryGetValue(key, out var queue))
                return;
            claim = queue.Dequeue();
            if (queue.Count == 0)
                _offered.Remove(key);
        }

        claim.Dispose();
    }
}
