using System.Net;

namespace Connmgr.Fleet;

/// <summary>Claims each address before it is dialled, for as long as the connection lasts. Thread-safe.</summary>
internal sealed class ClaimedDialer(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial, AddressClaims claims)
{
    public async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = new Dialled();
        var claim = await ClaimAsync(endPoint, connection.Abort).ConfigureAwait(false);
        try
        {
            var stream = await dial(endPoint, cancellationToken).ConfigureAwait(false);
            var known = stream as IStreamEndPoints;
            var claimed = new ProxiedStream(stream, known?.RemoteEndPoint ?? endPoint, known?.LocalEndPoint, claim);
            connection.Begin(claimed);
            return claimed;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    private async ValueTask<IDisposable> ClaimAsync(EndPoint endPoint, Action onLost)
    {
        try
        {
            return await claims.TryClaimAsync(endPoint, onLost).ConfigureAwait(false)
                ?? throw new ConnectFailedException(
                    ConnectPhase.None, ConnectFailureCause.Unknown, $"Another process of the fleet holds {EndPointText.Format(endPoint)}.");
        }
        catch (FleetUnavailableException exception)
        {
            throw new ConnectFailedException(ConnectPhase.None, ConnectFailureCause.Unknown, $"Not dialled. {exception.Message}", exception);
        }
    }

    /// <summary>A stream that is closed when its claim is lost, be it before or after it was dialled.</summary>
    private sealed class Dialled
    {
        private static readonly object Lost = new();

        private object? _stream; // Or Lost.

        public void Begin(Stream stream)
        {
            if (ReferenceEquals(Interlocked.CompareExchange(ref _stream, stream, null), Lost))
                stream.Dispose();
        }

        public void Abort() => (Interlocked.Exchange(ref _stream, Lost) as Stream)?.Dispose();
    }
}
