namespace Connmgr.Bitcoin;

/// <summary>The private broadcast of transactions by a <see cref="PeerNetwork"/>.</summary>
public static class PeerNetworkBroadcastExtensions
{
    /// <summary>
    /// Sends a transaction to a few peers over short connections through Tor or I2P, each with a separate circuit and identity, so that no peer
    /// learns which node it comes from: a private broadcast as in Bitcoin Core 31. The other connections neither announce nor send it.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Each connection shows the version message of Bitcoin Core's private broadcasts, with nothing of this node, sends inv with the txid, the
    /// transaction when the peer asks for it, and a ping, whose pong confirms it. The peers are onion services and I2P addresses of the address book to
    /// which there is no connection. At most 8 connections run at once; they last for 3 min at most and count towards no target and no group. Bans and the
    /// limit of file descriptors hold for them, too.
    /// </para>
    /// <para>
    /// On I2P each connection has a separate address, with <see cref="PeerNetworkProxies.AcceptI2P"/>, too.
    /// For Tor, keep <see cref="Socks5DialerOptions.Isolation"/> on, and leave <see cref="Socks5DialerOptions.GetIsolationGroup"/> unset: the circuits are
    /// separate only with them. Do not announce the transaction by other means before it has returned.
    /// </para>
    /// </remarks>
    /// <param name="network">The network, which is started.</param>
    /// <param name="transaction">The transaction in its serialization, with witnesses.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up the broadcast. Peers that have the transaction pass it on all the same.</param>
    /// <returns>
    /// The result, once an ordinary outbound peer has announced the transaction, which shows that it spreads, or the broadcast is given up. If
    /// <see cref="BitcoinPeerOptions.Relay"/> is false, peers announce nothing, and the result comes once enough peers have confirmed the
    /// transaction. Thread-safe.
    /// </returns>
    /// <exception cref="ArgumentException">The bytes are not a transaction, it is longer than a message, or the options are out of range.</exception>
    /// <exception cref="InvalidOperationException">
    /// No private network can be reached, streams are not isolated, addresses do not come from the address book, the transaction is being
    /// broadcast already, or the network was stopped.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<PrivateBroadcastResult> BroadcastPrivatelyAsync(
        this PeerNetwork network, ReadOnlyMemory<byte> transaction, PrivateBroadcastOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new();
        OptionsErrors.ThrowIfAny(options);
        if (transaction.Length > FrameHeader.MaxPayloadLength || PrivateTransaction.TryRead(transaction) is not { } read)
        {
            throw new ArgumentException(
                Invariant($"These {transaction.Length} bytes are not a transaction: pass its serialization, with witnesses, not its text."), nameof(transaction));
        }

        return network.GetPrivateBroadcaster().SendAsync(read, options, cancellationToken);
    }
}
