namespace Connmgr;

/// <summary>
/// Where the addresses of automatic connections come from, and where the outcomes of dialling them go. The one door between the
/// manager and an address book.
/// </summary>
public interface IAddressSource
{
    /// <summary>
    /// Gives an address to dial. May wait until it has one. Never called twice at once; runs off the manager's loop.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">
    /// Cancelled when no address is wanted any more and when the manager stops; and when what is wanted changes: one for a one-off request
    /// is wanted first, or a connection has ended, so that a further place is free. Then the question is put anew.
    /// </param>
    /// <returns>
    /// The address; or null when there is none now: the source is asked again after <see cref="ConnectionManagerOptions.RetryDuration"/>
    /// or at <see cref="ConnectionManager.NotifyAddressesAvailable"/>. An exception is treated as null and logged.
    /// </returns>
    ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Tells what became of an address of this source. Called once for each candidate: when the attempt at it ended, or at once when it
    /// was not dialled (its <see cref="AttemptOutcome.Phase"/> is then <see cref="ConnectPhase.None"/>). Never called at the same
    /// time as another report; it must be quick. An exception is logged.
    /// </summary>
    /// <param name="outcome">The outcome.</param>
    void Report(in AttemptOutcome outcome);

    /// <summary>
    /// Tells that an automatic connection to an address of this source did not last: it ended within a minute (or <see cref="ConnectionManagerOptions.RetryDuration"/> when that is
    /// longer), and not because we ended it. Or that one lasted, after others that had not. Called as <see cref="Report"/> is, and after it. Does nothing by default.
    /// </summary>
    /// <param name="candidate">The address and its tag, as the source gave them.</param>
    /// <param name="shortInRow">How many connections in a row did not last; 0 when this one lasted.</param>
    void ReportEnd(in Candidate candidate, int shortInRow)
    {
    }
}
