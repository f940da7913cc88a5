namespace Connmgr.Bitcoin;

/// <summary>
/// The parts by which a program uses the peers of a network: who is there, the waits for peers, the messages. Thread-safe.
/// </summary>
internal sealed class PeerMessaging
{
    /// <summary>Creates the parts.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="protocolOptions">Those of its protocol.</param>
    /// <param name="forwardsGossip">True when the handler of the options gets the messages of gossip, too.</param>
    public PeerMessaging(PeerNetworkOptions options, BitcoinPeerOptions protocolOptions, bool forwardsGossip)
    {
        var time = options.TimeProvider;
        Waits = new PeerWaits(Directory, time, DefaultRandom.Fork(options.Random));
        Router = new MessageRouter(options, forwardsGossip);
        Returns = new ReturnWatch(Router);
        Announcements = new TransactionAnnouncements(Router, protocolOptions.WtxidRelay, time);
        Broadcaster = new Broadcaster(Directory, options.Chain!, time);
    }

    /// <summary>The peers that have joined.</summary>
    public PeerDirectory Directory { get; } = new();

    /// <summary>The waits for peers.</summary>
    public PeerWaits Waits { get; }

    /// <summary>The receivers of messages.</summary>
    public MessageRouter Router { get; }

    /// <summary>The transactions that are announced.</summary>
    public TransactionAnnouncements Announcements { get; }

    /// <summary>The watch for transactions that were sent privately.</summary>
    public ReturnWatch Returns { get; }

    /// <summary>The sending of one message to many.</summary>
    public Broadcaster Broadcaster { get; }

    /// <summary>Adds a peer whose handshake is complete, and whom the user's callback has accepted.</summary>
    public void Join(BitcoinPeer peer)
    {
        Directory.Add(peer);
        Announcements.OnJoined(peer);
        (peer.Connection?.Request?.Tag as PeerTag)?.Joined?.TrySetResult(peer);
    }

    /// <summary>Notes that the conversation with a peer has ended.</summary>
    public void End(BitcoinPeer peer)
    {
        Directory.End(peer);
        Announcements.OnEnded(peer);
    }

    /// <summary>Notes that a connection has moved to another group. Quick; runs no user code.</summary>
    public void OnMoved(Connection connection, string? from, string to)
    {
        if (connection.UserState is BitcoinPeer peer)
            Directory.Move(peer, from, to);
    }

    /// <summary>Handles a message of which all is kept.</summary>
    /// <param name="peer">The peer that sent it.</param>
    /// <param name="message">The message.</param>
    /// <param name="isClaimed">True when the gossip has handled it, so that only subscribers get it.</param>
    /// <param name="cancellationToken">The token of the connection.</param>
    public ValueTask HandleAsync(BitcoinPeer peer, BitcoinMessage message, bool isClaimed, CancellationToken cancellationToken)
    {
        Returns.Look(peer.Direction, message);
        return Announcements.MayAnswer(message)
            ? AnswerAsync(peer, message, isClaimed, cancellationToken)
            : Router.HandleAsync(peer, message, isClaimed, cancellationToken);
    }

    /// <summary>Ends all waits and announcements, since no peer comes any more.</summary>
    public void Stop()
    {
        Waits.Stop();
        Returns.Stop();
        Announcements.Stop();
    }

    /// <summary>Stops, and waits until every peer has left and the user's functions have returned.</summary>
    public async Task CompleteAsync()
    {
        Stop();
        await Directory.CompleteAsync().ConfigureAwait(false);
        await Waits.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask AnswerAsync(BitcoinPeer peer, BitcoinMessage message, bool isClaimed, CancellationToken cancellationToken)
    {
        if (await Announcements.AnswerAsync(peer, message, cancellationToken).ConfigureAwait(false) is { } rest)
            await Router.HandleAsync(peer, rest, isClaimed, cancellationToken).ConfigureAwait(false);
    }
}
