using System.Net;

namespace Connmgr.Fleet;

/// <summary>Wraps a source, and offers only addresses that this process has claimed. Thread-safe, as far as the source is.</summary>
internal sealed class ClaimedSource(IAddressSource inner, FleetConnection fleet) : IAddressSource
{
    private const int MaxTries = 100;

    private readonly Lock _lock = new();

    // Guarded by _lock: the claims of addresses that were offered, until their outcome.
    private readonly Dictionary<string, Queue<IDisposable>> _offered = new(StringComparer.Ordinal);

    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        var claims = fleet.Claims;
        var free = new CandidateRequest(
            request.Kind,
            endPoint => claims.IsHeldElsewhere(endPoint) ? ConnectFailureCause.DuplicateAddress : request.GetRefusal(endPoint),
            () => request.Networks,
            () => request.Wanted);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            await fleet.WhenReadyAsync(cancellationToken).ConfigureAwait(false);
            if (await inner.GetAsync(free, cancellationToken).ConfigureAwait(false) is not { } candidate)
                return null;
            var cause = ConnectFailureCause.DuplicateAddress;
            try
            {
                if (await claims.TryClaimAsync(candidate.EndPoint).ConfigureAwait(false) is { } claim)
                {
                    var key = AddressClaims.GetKey(candidate.EndPoint);
                    lock (_lock)
                    {
                        if (!_offered.TryGetValue(key, out var queue))
                            _offered.Add(key, queue = []);
                        queue.Enqueue(claim);
                    }

                    return candidate;
                }
            }
            catch (FleetUnavailableException)
            {
                cause = ConnectFailureCause.Canceled;
            }

            inner.ReportOutcome(new AttemptOutcome { RequestId = 0, EndPoint = candidate.EndPoint, Cause = cause, Tag = candidate.Tag });
        }

        return null;
    }

    public void ReportOutcome(in AttemptOutcome outcome)
    {
        if (outcome.EndPoint is { } endPoint)
            Release(endPoint);
        inner.ReportOutcome(outcome);
    }

    public void ReportShortConnections(in Candidate candidate, int count) => inner.ReportShortConnections(candidate, count);

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
