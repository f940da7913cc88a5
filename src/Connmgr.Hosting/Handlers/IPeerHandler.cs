using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>
/// Handles one peer. Made with the services of a scope of its own when the peer has shaken hands; the scope is disposed when the connection
/// has ended, and the handler with it (<see cref="IAsyncDisposable"/>, <see cref="IDisposable"/>). So fields hold what is known of this
/// peer, and scoped services (a database context, for one) are this connection's alone.
/// </summary>
public interface IPeerHandler
{
    /// <summary>The peer has shaken hands; its messages come after this. It may begin to send.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends.</param>
    /// <returns>Completes when its messages may come. An exception ends the connection.</returns>
    ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A message that the library does not handle itself. One at a time.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="message">The message; its payload is valid until the returned task completes.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends.</param>
    /// <returns>Completes when the next one may come. An exception ends the connection.</returns>
    ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
