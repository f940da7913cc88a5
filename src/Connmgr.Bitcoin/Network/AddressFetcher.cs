using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Fetches addresses for the seeder, each time over a connection that has no other purpose. Thread-safe.</summary>
/// <param name="getConnections">Gets the connection manager, which is created after the seeder. Called by each fetch.</param>
/// <param name="source">Chooses the peers of the address book to ask, and gets the outcomes.</param>
internal sealed class AddressFetcher(Func<ConnectionManager> getConnections, AddressBookSource source)
{
    /// <summary>Fetches addresses from any peer of the address book, whatever services it offers.</summary>
    /// <returns>The number of addresses that it gave; null when the book has no peer to ask.</returns>
    public async ValueTask<int?> FetchFromKnownAsync(CancellationToken cancellationToken)
    {
        var connections = getConnections();
        var request = new CandidateRequest(ConnectionKind.OneOff, endPoint => connections.GetRefusal(endPoint, ConnectionKind.OneOff));
        return source.ChooseForAddressFetch(request) is { } chosen
            ? await FetchAsync(chosen.EndPoint.ToEndPoint()!, chosen, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>Fetches addresses from a seed node.</summary>
    /// <returns>The number of addresses that it gave.</returns>
    public ValueTask<int> FetchFromAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        FetchAsync(endPoint, candidate: null, cancellationToken);

    private async ValueTask<int> FetchAsync(EndPoint endPoint, AddressBookCandidate? candidate, CancellationToken cancellationToken)
    {
        var connections = getConnections();
        var fetched = new TaskCompletionSource<(long Accepted, Exception? Failure)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = connections.Connect(endPoint, tag: new PeerTag(PeerPurpose.AddressFetch) { Candidate = candidate, Fetched = fetched });
        try
        {
            var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (candidate is not null)
                source.ReportOutcome(outcome with { Tag = candidate });
            if (!outcome.Succeeded)
            {
                throw outcome.Exception ?? new ConnectFailedException(
                    outcome.Phase, outcome.Cause, $"The connection to {endPoint} to fetch addresses failed: {outcome.Cause}.");
            }

            var (accepted, failure) = await fetched.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return failure is null ? (int)accepted : throw failure;
        }
        finally
        {
            await connections.RemoveAsync(request.Id, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
