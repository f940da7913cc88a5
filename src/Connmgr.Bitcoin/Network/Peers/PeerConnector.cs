using System.Net;
using Connmgr.Rules;

namespace Connmgr.Bitcoin;

/// <summary>Connects to single peers, and waits until they have joined. Thread-safe.</summary>
/// <param name="connections">The connections.</param>
/// <param name="directory">The peers that have joined.</param>
/// <param name="time">The clock of the pauses.</param>
internal sealed class PeerConnector(ConnectionManager connections, PeerDirectory directory, TimeProvider time)
{
    /// <summary>The pause between two looks at a connection to the same address that something else makes.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the peer at an address, and connects to it unless it is connected.</summary>
    public async Task<BitcoinPeer> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var key = EndPointKey.Create(endPoint);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = directory.Changed;
            if (Find(key) is { } present)
                return present;
            if (await TryConnectAsync(endPoint, cancellationToken).ConfigureAwait(false) is { } peer)
                return peer;

            // Something else uses the address. Its attempt may succeed or fail soon; the pause before its next attempt may be long.
            if (await IsPausedAsync(key, cancellationToken).ConfigureAwait(false))
            {
                throw new ConnectFailedException(
                    ConnectPhase.None,
                    ConnectFailureCause.DuplicateAddress,
                    $"The address {endPoint} belongs to a request that is not connected and waits to dial again.");
            }

            try
            {
                await changed.WaitAsync(Pause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Looks again.
            }
        }
    }

    /// <summary>Waits until the peers that are connected have joined, or ended.</summary>
    public async Task WhenJoinedAsync(CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var missing = snapshot.Connections.Select(static connected => connected.Connection)
            .Where(static connection => connection.UserState is BitcoinPeer
                && PeerNetwork.GetPurpose(connection) is not (PeerPurpose.Feeler or PeerPurpose.AddressFetch))
            .ToList();
        while (true)
        {
            var changed = directory.Changed;
            missing.RemoveAll(connection => connection.Closed.IsCompleted || directory.Contains((BitcoinPeer)connection.UserState!));
            if (missing.Count == 0)
                return;
            await Task.WhenAny(missing.Select(static connection => (Task)connection.Closed).Append(changed))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private BitcoinPeer? Find(EndPoint key) => directory.Peers.FirstOrDefault(peer => IsAt(peer.Connection, key));

    private static bool IsAt(Connection? connection, EndPoint key) =>
        (connection?.RemoteEndPoint is { } remote && EndPointKey.Create(remote).Equals(key))
        || (connection?.Request?.EndPoint is { } dialled && EndPointKey.Create(dialled).Equals(key));

    /// <summary>Makes one attempt.</summary>
    /// <returns>The peer; null if something else uses the address.</returns>
    private async Task<BitcoinPeer?> TryConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var tag = new PeerTag(PeerPurpose.OneOff) { Joined = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        var request = connections.Connect(endPoint, tag: tag);
        try
        {
            var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (outcome.Cause == ConnectFailureCause.DuplicateAddress)
                return null;
            if (!outcome.Succeeded)
            {
                throw outcome.Exception as ConnectFailedException ?? new ConnectFailedException(
                    outcome.Phase, outcome.Cause, $"The connection to {endPoint} failed: {outcome.Cause}.", outcome.Exception);
            }

            var closed = tag.Connection!.Closed; // Set by the handshake.
            await Task.WhenAny(tag.Joined.Task, closed).WaitAsync(cancellationToken).ConfigureAwait(false);
            return tag.Joined.Task.IsCompletedSuccessfully
                ? await tag.Joined.Task.ConfigureAwait(false)
                : throw new ConnectFailedException(
                    ConnectPhase.Handshake,
                    ConnectFailureCause.Unknown,
                    $"The connection to {endPoint} ended before the peer had joined: {await closed.ConfigureAwait(false)}.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await connections.RemoveAsync(request.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Determines whether a request has the address, and waits before it dials it again.</summary>
    private async Task<bool> IsPausedAsync(EndPoint key, CancellationToken cancellationToken)
    {
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        return snapshot.Requests.Any(request =>
            request is { RetryIn: not null, EndPoint: { } dialled } && EndPointKey.Create(dialled).Equals(key));
    }
}
