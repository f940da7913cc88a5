using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>
/// Handles one peer. Created from a new service scope when the handshake is complete; the scope, and the handler with it
/// (<see cref="IAsyncDisposable"/>, <see cref="IDisposable"/>), is disposed when the connection has ended. So fields hold the state of this
/// peer, and scoped services, such as a database context, belong to this connection alone.
/// </summary>
public interface IPeerHandler
{
    /// <summary>Handles a peer whose handshake is complete. Called before any of its messages arrives; it may send.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends.</param>
    /// <returns>A task that completes when messages may follow. An exception ends the connection.</returns>
    ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Handles a message that the library does not handle itself. Called for one message at a time.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="message">The message; its payload is valid until the returned task completes.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends.</param>
    /// <returns>A task that completes when the next message may follow. An exception ends the connection.</returns>
    ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
