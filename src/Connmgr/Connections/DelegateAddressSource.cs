using System.Net;

namespace Connmgr;

/// <summary><see cref="ConnectionManagerOptions.GetNewAddress"/> as a source. It gets no outcomes.</summary>
internal sealed class DelegateAddressSource(Func<CancellationToken, ValueTask<EndPoint?>> getNewAddress) : IAddressSource
{
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
        await getNewAddress(cancellationToken).ConfigureAwait(false) is { } endPoint ? new Candidate(endPoint) : null;

    public void ReportOutcome(in AttemptOutcome outcome)
    {
    }
}
