using System.Net;

namespace Connmgr;

/// <summary>
/// The source of addresses for automatic connections, which also gets the outcomes of dialling them. The one interface between the manager
/// and an address book.
/// </summary>
public interface IAddressSource
{
    /// <summary>
    /// Gives an address to dial. May wait until it has one. Never called twice at once; runs off the manager's loop.
    /// </summary>
    /// <param name="request">The kind of address that is wanted.</param>
    /// <param name="cancellationToken">
    /// Cancelled when no address is wanted any more, when the manager stops, and when another address is wanted: one for a one-off request
    /// goes first, or a connection has ended and left a place free. The source is then asked again.
    /// </param>
    /// <returns>
    /// The address; or null when there is none now: the source is asked again after <see cref="ConnectionManagerOptions.RetryDuration"/>
    /// or at <see cref="ConnectionManager.NotifyAddressesAvailable"/>. An exception is treated as null and logged.
    /// </returns>
    ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Receives the outcome of an address of this source. Called once for each candidate: when the attempt at it ended, or at once if it
    /// was not dialled (its <see cref="AttemptOutcome.Phase"/> is then <see cref="ConnectPhase.None"/>). Never called at the same
    /// time as another report; it must be quick. An exception is logged.
    /// </summary>
    /// <param name="outcome">The outcome.</param>
    void ReportOutcome(in AttemptOutcome outcome);

    /// <summary>
    /// Receives the report that an automatic connection to an address of this source did not last: the peer or the network ended it within a
    /// minute (or <see cref="ConnectionManagerOptions.RetryDuration"/> if that is longer). Or that one lasted, after others that had not.
    /// Called as <see cref="ReportOutcome"/> is, and after it. Does nothing by default.
    /// </summary>
    /// <param name="candidate">The address and its tag, as the source gave them.</param>
    /// <param name="count">The number of connections in a row that did not last; 0 when this one lasted.</param>
    void ReportShortConnections(in Candidate candidate, int count)
    {
    }
}

/// <summary><see cref="ConnectionManagerOptions.GetNewAddress"/> as a source. It gets no outcomes.</summary>
internal sealed class DelegateAddressSource(Func<CancellationToken, ValueTask<EndPoint?>> getNewAddress) : IAddressSource
{
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
        await getNewAddress(cancellationToken).ConfigureAwait(false) is { } endPoint ? new Candidate(endPoint) : null;

    public void ReportOutcome(in AttemptOutcome outcome)
    {
    }
}
