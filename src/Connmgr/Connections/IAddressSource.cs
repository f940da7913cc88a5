using System.Net;

namespace Connmgr;

/// <summary>
/// The source of addresses for automatic connections, which also receives the outcomes of dialling them. The only interface between the
/// manager and an address book.
/// </summary>
public interface IAddressSource
{
    /// <summary>
    /// Supplies an address to dial. May wait until there is one. Never called concurrently; runs outside the manager's loop.
    /// </summary>
    /// <param name="request">The kind of address that is wanted.</param>
    /// <param name="cancellationToken">
    /// Cancelled when no address is wanted any more, when the manager stops, and when a different address is wanted: a one-off request goes
    /// first, the end of a connection has freed a place, or another group wants one. The source is then asked again.
    /// </param>
    /// <returns>
    /// The address; null if there is none now. The source is then asked again after <see cref="ConnectionManagerOptions.RetryDuration"/>,
    /// at <see cref="ConnectionManager.NotifyAddressesAvailable"/>, or for another group. An exception is treated as null and logged.
    /// </returns>
    ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Receives the outcome of an address of this source. Called once for each candidate: when the attempt has ended, or at once if it was
    /// not dialled (<see cref="AttemptOutcome.Phase"/> is then <see cref="ConnectPhase.None"/>). Never called concurrently with another
    /// report; must be fast. An exception is logged.
    /// </summary>
    /// <param name="outcome">The outcome.</param>
    void ReportOutcome(in AttemptOutcome outcome);

    /// <summary>
    /// Receives the report that an automatic connection to an address of this source did not last: the peer or the network ended it within
    /// a minute (or <see cref="ConnectionManagerOptions.RetryDuration"/> if that is longer). Also called when a connection lasted after
    /// others did not. Called like <see cref="ReportOutcome"/>, and after it. Does nothing by default.
    /// </summary>
    /// <param name="candidate">The address and its tag, as the source supplied them.</param>
    /// <param name="count">The number of connections in a row that did not last; 0 when this one lasted.</param>
    void ReportShortConnections(in Candidate candidate, int count)
    {
    }

    /// <summary>
    /// True when the source can supply addresses now; false while something that it depends on does not answer, so that
    /// <see cref="GetAsync"/> waits. Only the reasons for missing connections depend on it (<see cref="ShortageReasons.SourceUnavailable"/>).
    /// Read on any thread; must be fast and must not throw. True by default.
    /// </summary>
    bool IsAvailable => true;
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
