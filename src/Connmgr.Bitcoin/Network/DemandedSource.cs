namespace Connmgr.Bitcoin;

/// <summary>
/// Wraps a source and signals the first request for an address. Seeds are asked from then on, whether the target was above 0 at the start
/// or was raised later.
/// </summary>
internal sealed class DemandedSource(IAddressSource inner) : IAddressSource
{
    private readonly TaskCompletionSource _demand = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A task that completes when an address is wanted for the first time.</summary>
    public Task Demand => _demand.Task;

    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        _demand.TrySetResult();
        return inner.GetAsync(request, cancellationToken);
    }

    public void ReportOutcome(in AttemptOutcome outcome) => inner.ReportOutcome(outcome);

    public void ReportShortConnections(in Candidate candidate, int count) => inner.ReportShortConnections(candidate, count);
}
