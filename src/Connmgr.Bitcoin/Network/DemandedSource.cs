namespace Connmgr.Bitcoin;

/// <summary>
/// A source that tells when it is first asked for an address: seeds are asked from then on and not before, whether the target was above 0 at the start or was
/// raised later.
/// </summary>
internal sealed class DemandedSource(IAddressSource inner) : IAddressSource
{
    private readonly TaskCompletionSource _demand = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an address is wanted for the first time.</summary>
    public Task Demand => _demand.Task;

    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        _demand.TrySetResult();
        return inner.GetAsync(request, cancellationToken);
    }

    public void Report(in AttemptOutcome outcome) => inner.Report(outcome);

    public void ReportEnd(in Candidate candidate, int shortInRow) => inner.ReportEnd(candidate, shortInRow);
}
