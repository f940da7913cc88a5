namespace Connmgr.Bitcoin;

/// <summary>Wraps the source of the address book, and reports failed attempts to the quarantine.</summary>
internal sealed class QuarantinedSource(IAddressSource inner, AddressQuarantine quarantine) : IAddressSource
{
    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) => inner.GetAsync(request, cancellationToken);

    public void ReportOutcome(in AttemptOutcome outcome)
    {
        quarantine.NoteFailure(outcome);
        inner.ReportOutcome(outcome);
    }

    public void ReportShortConnections(in Candidate candidate, int count) => inner.ReportShortConnections(candidate, count);
}
