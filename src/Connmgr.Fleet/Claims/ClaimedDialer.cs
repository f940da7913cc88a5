using System.Net;

namespace Connmgr.Fleet;

/// <summary>Claims each address before it is dialled, for as long as the connection lasts. Thread-safe.</summary>
internal sealed class ClaimedDialer(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial, AddressClaims claims)
{
    public async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = new Dialled();
        var claim = await ClaimAsync(endPoint, connection.Abort, cancellationToken).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Lost);
        Stream? stream = null;
        try
        {
            stream = await dial(endPoint, either.Token).ConfigureAwait(false);
            var known = stream as IStreamEndPoints;
            var claimed = new ProxiedStream(stream, known?.RemoteEndPoint ?? endPoint, known?.LocalEndPoint, claim);
            return connection.TryBegin(claimed) ? claimed : throw new OperationCanceledException(connection.Lost);
        }
        catch (Exception exception)
        {
            try
            {
                if (stream is not null)
                    await stream.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                claim.Dispose();
            }

            if (!connection.IsLost || cancellationToken.IsCancellationRequested)
                throw;
            throw new ConnectFailedException(
                ConnectPhase.None, ConnectFailureCause.Unknown, $"Another process of the fleet has claimed {EndPointText.Format(endPoint)} meanwhile.", exception);
        }
    }

    private async ValueTask<IDisposable> ClaimAsync(EndPoint endPoint, Action onLost, CancellationToken cancellationToken)
    {
        try
        {
            return await claims.TryClaimAsync(endPoint, onLost, cancellationToken).ConfigureAwait(false)
                ?? throw new ConnectFailedException(
                    ConnectPhase.None, ConnectFailureCause.Unknown, $"Another process of the fleet holds {EndPointText.Format(endPoint)}.");
        }
        catch (FleetUnavailableException exception)
        {
            throw new ConnectFailedException(ConnectPhase.None, ConnectFailureCause.Unknown, $"Not dialled. {exception.Message}", exception);
        }
    }

    /// <summary>A dial that is given up, and then a stream that is closed, when the claim is lost.</summary>
    private sealed class Dialled
    {
        private static readonly object None = new();

        private readonly CancellationTokenSource _lost = new(); // Without a timer, so there is nothing to dispose of.
        private object? _stream; // Or None, after the loss.

        public bool IsLost => ReferenceEquals(Volatile.Read(ref _stream), None);

        /// <summary>Cancelled when the claim is lost before there is a stream.</summary>
        public CancellationToken Lost => _lost.Token;

        /// <summary>Returns false if the claim is lost already.</summary>
        public bool TryBegin(Stream stream) => Interlocked.CompareExchange(ref _stream, stream, null) is null;

        public void Abort()
        {
            if (Interlocked.Exchange(ref _stream, None) is Stream stream)
                stream.Dispose();
            else
                _lost.Cancel();
        }
    }
}
