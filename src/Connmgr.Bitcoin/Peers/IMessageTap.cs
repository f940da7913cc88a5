namespace Connmgr.Bitcoin;

/// <summary>Gets the messages of one peer, besides its handler, and learns of its end: the bridge to another library's peer object.</summary>
internal interface IMessageTap
{
    /// <summary>
    /// Handles a message that the library does not answer, before the peer's handler gets it. The next message is read once this has
    /// returned, and the payload is valid until then. An exception ends the connection.
    /// </summary>
    ValueTask OnMessageAsync(BitcoinMessage message, CancellationToken cancellationToken);

    /// <summary>Ends whatever belongs to the peer. Called once, when the peer has ended; <see cref="BitcoinPeer.RunAsync"/> waits for it.</summary>
    /// <param name="reason">The reason for the end.</param>
    Task OnEndAsync(DisconnectReason reason);
}
