using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <content>The use of the peers.</content>
public sealed partial class PeerNetwork
{
    /// <summary>
    /// The peers that have joined and are connected, in no particular order: their handshakes are complete, and
    /// <see cref="PeerNetworkOptions.OnPeer"/> has returned. Does not wait. Feelers and address fetches are left out. The first read after a
    /// change builds the array; other reads cost nothing.
    /// </summary>
    public ImmutableArray<BitcoinPeer> Peers => _parts.Messaging.Directory.Peers;

    /// <summary>
    /// Enumerates the changes of <see cref="Peers"/> from the moment the enumerator is got, which is before its first move: first a <see cref="PeerJoined"/> for each present
    /// peer, then each change in order. A watcher never delays anything. One that falls more than 1024 changes behind gets the sum of what it
    /// has missed: a peer that joined and left meanwhile is left out, and several moves are one.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>
    /// The changes. They end when the network has stopped, with a <see cref="PeerLeft"/> for each peer that was still there.
    /// </returns>
    public IAsyncEnumerable<PeerChange> WatchPeersAsync(CancellationToken cancellationToken = default) =>
        _parts.Messaging.Directory.WatchAsync(cancellationToken);

    /// <summary>Gets a connected peer. If none matches, waits for one that does: a new one, or one that matches now, within a second.</summary>
    /// <param name="where">
    /// The function that returns true for a peer that matches. Must be quick: it may be called often, on the caller's thread or the thread
    /// pool, and others wait meanwhile. Null for every peer.
    /// </param>
    /// <param name="pick">The choice among several peers that match.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The peer. Its connection may end at any time.</returns>
    /// <exception cref="InvalidOperationException">The network was stopped, before the call or during it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<BitcoinPeer> GetPeerAsync(
        Func<BitcoinPeer, bool>? where = null, PeerPick pick = PeerPick.Random, CancellationToken cancellationToken = default) =>
        _parts.Messaging.Waits.GetAsync(where, pick, cancellationToken);

    /// <summary>
    /// Leases a connected peer: while the lease lasts, no other call gets the same peer. Those who use peers without a lease are not
    /// affected. Waits as <see cref="GetPeerAsync"/> does; a peer that becomes free goes to the first call that waits for it.
    /// </summary>
    /// <param name="where">The function that returns true for a peer that matches, as for <see cref="GetPeerAsync"/>. Null for every peer.</param>
    /// <param name="pick">The choice among several peers that match and are not leased.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lease. Dispose of it to release the peer; it also ends with the peer's connection.</returns>
    /// <exception cref="InvalidOperationException">The network was stopped, before the call or during it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<PeerLease> LeaseAsync(
        Func<BitcoinPeer, bool>? where = null, PeerPick pick = PeerPick.Random, CancellationToken cancellationToken = default) =>
        _parts.Messaging.Waits.LeaseAsync(where, pick, cancellationToken);

    /// <summary>
    /// Connects to a peer, in addition to the wanted number, and waits until it has joined. If it is connected already, in whatever way, it
    /// is returned; if it is being connected, that attempt is waited for first. Before the start it waits for the start.
    /// </summary>
    /// <param name="endPoint">The address: an IP address, or a host name, which is resolved.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The peer. It stays connected until either side closes the connection; it is not connected again.</returns>
    /// <exception cref="ConnectFailedException">
    /// The attempt failed; phase and cause give the reason. <see cref="ConnectFailureCause.DuplicateAddress"/> if a permanent request has the
    /// address and waits to dial it again, <see cref="ConnectFailureCause.Stopped"/> if the network was stopped.
    /// </exception>
    /// <exception cref="ArgumentException">The name is an .onion name that is not an address.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<BitcoinPeer> ConnectPeerAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return _parts.Connector.ConnectAsync(endPoint, cancellationToken);
    }

    /// <summary>
    /// Sends a message to all connected peers, or some of them, at once. None delays another, and the message is encoded once. A peer for
    /// which too many bytes wait already is left out, and stays connected.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes. It is copied before the method returns.</param>
    /// <param name="where">The function that returns true for a peer to send it to; called once for each. Null for all.</param>
    /// <param name="deadline">The time for the peers to take it, more than zero and at most 24 days. Default null: 30 s.</param>
    /// <param name="cancellationToken">Ends the broadcast, as the deadline does.</param>
    /// <returns>
    /// The peers that took it, and the others with the reasons. Complete when each peer has taken it or ended, and at the deadline. To have
    /// taken it means that the connection has: the peer may still not read it.
    /// </returns>
    /// <exception cref="ArgumentException">The command is empty, the payload too long, or the deadline out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. Some peers may have taken the message.</exception>
    public Task<BroadcastResult> BroadcastAsync(
        MessageCommand command,
        ReadOnlyMemory<byte> payload,
        Func<BitcoinPeer, bool>? where = null,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default)
    {
        if (deadline is { } time)
            TimeLimits.ThrowIfInvalid(time, nameof(deadline));
        return _parts.Messaging.Broadcaster.SendAsync(command, payload, where, deadline, cancellationToken);
    }

    /// <summary>
    /// Announces a transaction to the connected peers that take transactions (<see cref="VersionMessage.Relay"/>) and are not in a group without <see cref="PeerGroup.Relay"/>, and to those that join
    /// while the announcement lasts. A peer with which wtxidrelay was exchanged gets the wtxid, any other the txid (BIP339). Their getdata
    /// messages are answered with the transaction; only their other items reach subscribers and <see cref="PeerNetworkOptions.OnMessage"/>.
    /// Peers to which it was not announced do not get it: they could find out whose transaction it is.
    /// Peers that do not offer <see cref="NodeServices.Witness"/> and ask without the flag for witnesses get it without them (BIP144).
    /// </summary>
    /// <param name="txid">The txid: 32 bytes in the order of the wire, which is the reverse of the usual text.</param>
    /// <param name="wtxid">The wtxid, likewise. Equal to the txid if the transaction has no witnesses.</param>
    /// <param name="getTransaction">
    /// The function that gets the transaction in its serialization, with witnesses; null if it is not available any more, which is answered by
    /// notfound. Called for each peer that asks. An exception ends the connection of that peer.
    /// </param>
    /// <param name="where">
    /// The function that returns true for a peer to announce it to; called once for each, and quick. Null for all. For peers that join later,
    /// an exception counts as false.
    /// </param>
    /// <param name="duration">The duration of the announcement, more than zero and at most 24 days. Default null: until it is disposed of.</param>
    /// <returns>
    /// The announcement, which reports the peers that fetch the transaction. Dispose of it to end it; it also ends with the network.
    /// </returns>
    /// <exception cref="ArgumentException">An id does not have 32 bytes, or the duration is out of range.</exception>
    /// <exception cref="InvalidOperationException">The transaction is announced already, or the network was stopped.</exception>
    public TransactionAnnouncement AnnounceTransaction(
        ReadOnlyMemory<byte> txid,
        ReadOnlyMemory<byte> wtxid,
        Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> getTransaction,
        Func<BitcoinPeer, bool>? where = null,
        TimeSpan? duration = null)
    {
        ArgumentNullException.ThrowIfNull(getTransaction);
        ArgumentOutOfRangeException.ThrowIfNotEqual(txid.Length, 32, nameof(txid));
        ArgumentOutOfRangeException.ThrowIfNotEqual(wtxid.Length, 32, nameof(wtxid));
        if (duration is { } time)
            TimeLimits.ThrowIfInvalid(time, nameof(duration));
        return _parts.Messaging.Announcements.Announce(txid, wtxid, getTransaction, where, duration);
    }

    /// <summary>
    /// Passes the messages with a command to a handler, from those on that begin to arrive now, in addition to
    /// <see cref="PeerNetworkOptions.OnMessage"/> and whatever <see cref="PeerNetworkOptions.MessageCommands"/> says. May be called at any
    /// time. Without subscription and handler, messages are discarded as they arrive.
    /// </summary>
    /// <param name="command">
    /// The command. Of pong, only those that answer pings of the program are passed on. Those of addresses are handled by the library first.
    /// </param>
    /// <param name="handler">
    /// The handler, called for one message of a peer at a time: after earlier subscriptions, and before
    /// <see cref="PeerNetworkOptions.OnMessage"/>. The payload is valid until it returns. Its token is cancelled when the connection ends. An
    /// exception ends the connection, as one of <see cref="PeerNetworkOptions.OnMessage"/> does.
    /// </param>
    /// <returns>The subscription. Dispose of it to end it; a call that has begun still returns.</returns>
    /// <exception cref="ArgumentException">The command is empty, or one that the library alone handles: of the handshake, or ping.</exception>
    public IDisposable Subscribe(MessageCommand command, Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _parts.Messaging.Router.Subscribe(command, handler);
    }
}
