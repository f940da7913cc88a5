using System.Buffers;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Exchanges addresses with one peer, from its handshake to its end: see <see cref="AddressGossip.Attach"/>. A session is small while the
/// peer neither announces addresses nor asks for any. Call <see cref="StartAsync"/> and <see cref="HandleAsync"/> one after the other, as
/// <see cref="BitcoinPeer.RunAsync"/> does; everything else is thread-safe.
/// </summary>
public sealed class GossipSession : IAsyncDisposable
{
    /// <summary>The number of addresses that a getaddr allows the peer to send in addition to its limit.</summary>
    private const int AnswerTokens = AddressMessage.MaxEntries;

    /// <summary>The most entries of a message whose addresses are relayed. Longer messages are answers.</summary>
    private const int MaxRelayedEntries = 10;

    private readonly AddressGossip _gossip;
    private readonly EndPoint? _localEndPoint;
    private readonly GossipMode _mode;
    private readonly ulong _secret; // The peer's number in RelayDraw.
    private readonly NetworkAddress _source; // The source of the peer's addresses in the address book.
    private readonly GossipTally _tally = new();

    // Used by the peer's messages only, which come one after the other.
    private AddressTokens _tokens; // The addresses that the peer may still send.
    private bool _hasAsked; // True once a getaddr was sent to the peer.
    private bool _wasAsked; // True once a getaddr of the peer was answered.
    private bool _awaitsAnswer; // True from the getaddr until a message that ends the answer.
    private int _maxEntries; // The number of entries of the longest message so far.

    internal GossipSession(AddressGossip gossip, BitcoinPeer peer, EndPoint? localEndPoint, GossipMode mode)
    {
        _gossip = gossip;
        _localEndPoint = localEndPoint;
        _mode = mode;
        _tokens = new(gossip.Now);
        _secret = gossip.Random.NextUInt64();
        _source = GetSource(peer.RemoteEndPoint);
        Peer = peer;
    }

    /// <summary>The peer.</summary>
    public BitcoinPeer Peer { get; }

    /// <summary>The counts of the addresses that the peer has sent so far.</summary>
    public GossipCounts Counts => _tally.Counts;

    /// <summary>The addresses that the relay sends to the peer; null until the peer joins the relay.</summary>
    internal Outbox? Outbox { get; private set; }

    /// <summary>
    /// Asks an outbound peer for addresses, if <see cref="AddressGossipOptions.AskOutboundPeers"/> is set. Inbound peers are never asked:
    /// they chose the node, and could choose what it learns. Call it after the handshake, before the first message is handled.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for messages that are being sent.</param>
    /// <returns>A task that completes when getaddr is sent, or is not to be sent.</returns>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (Peer.Direction != ConnectionDirection.Outbound || _mode == GossipMode.Silence)
            return default;

        JoinRelay();
        return _gossip.Options.AskOutboundPeers ? AskAsync(cancellationToken) : default;
    }

    /// <summary>
    /// Handles a message, if it belongs to the gossip: adds the addresses of addr and addrv2 to the book, and answers the first getaddr of
    /// an inbound peer. Other getaddr messages are ignored, as in Bitcoin Core.
    /// </summary>
    /// <param name="message">Any message of the peer.</param>
    /// <param name="cancellationToken">Ends the wait for messages that are being sent.</param>
    /// <returns>
    /// True if the message was handled. False for other messages, and for all if <see cref="AddressGossipOptions.ForwardMessages"/> is set.
    /// </returns>
    /// <exception cref="BitcoinProtocolException">
    /// The message breaks a rule, as <see cref="AddressMessage.Decode"/> describes; none of its addresses was used. Let the exception reach
    /// <see cref="BitcoinPeer.RunAsync"/>, which ignores it or ends the connection (<see cref="MisbehaviorPolicy.GetResponse"/>).
    /// </exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> HandleAsync(BitcoinMessage message, CancellationToken cancellationToken = default)
    {
        var isAddresses = AddressMessage.IsAddressCommand(message.Command);
        if (!isAddresses && message.Command != MessageCommand.GetAddr)
            return new(false);

        if (_mode == GossipMode.Silence)
            return new(!_gossip.Options.ForwardMessages);

        JoinRelay();
        if (isAddresses)
            Learn(message.Command, message.Payload.Span);
        else if (TakeQuestion() && GetAnswer() is { } payload)
            return SendAnswerAsync(payload, cancellationToken);
        return new(!_gossip.Options.ForwardMessages);
    }

    /// <summary>Ends the session.</summary>
    /// <returns>A task that completes when nothing is sent to the peer any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Outbox is not { } outbox)
            return;

        _gossip.Relay.Remove(outbox);
        await outbox.Sending.ConfigureAwait(false);
    }

    /// <summary>Adds the messages of gossip to an interest.</summary>
    /// <param name="interest">The interest.</param>
    /// <param name="passesOn">True if the user's handler may read them too: <see cref="AddressGossipOptions.ForwardMessages"/>.</param>
    /// <returns>The same interest.</returns>
    internal static MessageInterest AddTo(MessageInterest interest, bool passesOn)
    {
        foreach (var command in (ReadOnlySpan<MessageCommand>)[MessageCommand.Addr, MessageCommand.AddrV2, MessageCommand.GetAddr])
            _ = passesOn ? interest.Share(command) : interest.Claim(command);
        return interest;
    }

    /// <summary>Runs the peer until it has sent more than one address at once, or the time for that is over.</summary>
    internal async Task FetchAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_gossip.Options.FetchTimeout, _gossip.Options.TimeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var interest = AddTo(new([]), passesOn: false);
            await Peer.BeginAndRunAsync(interest, AskAsync, begin: null, TakeAsync, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && end.IsCancellationRequested)
        {
            // The addresses have arrived, or the time is over.
        }

        async ValueTask TakeAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken token)
        {
            await HandleAsync(message, token).ConfigureAwait(false);
            if (_maxEntries > 1)
                await end.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sends getaddr, once.</summary>
    private async ValueTask AskAsync(CancellationToken cancellationToken)
    {
        if (_hasAsked)
            return;

        _hasAsked = true;
        _awaitsAnswer = true;
        _tokens.Grant(AnswerTokens);
        await Peer.SendAsync(MessageCommand.GetAddr, default, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the relay send addresses to the peer. A peer that never sends a message of gossip may have no use for them.</summary>
    private void JoinRelay()
    {
        if (Outbox is not null || _mode != GossipMode.Exchange || !_gossip.SendsUnasked)
            return;

        Outbox = new(Peer, _source, _secret);
        _gossip.Relay.Add(Outbox);
    }

    private static NetworkAddress GetSource(EndPoint? remote) => remote switch
    {
        _ when NetworkEndPoint.TryFromEndPoint(remote, out var endPoint) => endPoint.Address.ToCjdns(),
        DnsEndPoint { Host.Length: > 0 } dns => NetworkAddress.FromName(dns.Host),
        _ => NetworkAddress.FromName("peers without an address"), // They share the places that the book gives one source.
    };

    /// <summary>Takes the addresses of an addr or addrv2 message.</summary>
    /// <exception cref="BitcoinProtocolException">The payload breaks a rule.</exception>
    private void Learn(MessageCommand command, ReadOnlySpan<byte> payload)
    {
        var reader = new AddressMessageReader(command, payload);
        var entries = reader.Entries;
        var buffer = ArrayPool<PeerAddress>.Shared.Rent(entries);
        try
        {
            var addresses = buffer.AsSpan(0, reader.Read(buffer));
            var allowed = _tokens.Take(addresses.Length, _gossip.Now);
            _gossip.Random.Choose(addresses, allowed); // A peer that exceeds its limit can't decide which addresses count.
            var relays = _gossip.Options.RelayAddresses && entries <= MaxRelayedEntries && !_awaitsAnswer;
            var (accepted, stored) = Take(addresses[..allowed], relays);
            var limited = addresses.Length - allowed;
            var counts = new GossipCounts
            {
                Received = entries,
                Accepted = accepted,
                Limited = limited,
                Dropped = entries - limited - accepted,
                Stored = stored,
            };
            _tally.Add(counts);
            _gossip.Tally.Add(counts);
        }
        finally
        {
            ArrayPool<PeerAddress>.Shared.Return(buffer);
        }

        _maxEntries = Math.Max(_maxEntries, entries);
        _awaitsAnswer &= entries == AddressMessage.MaxEntries; // After a full message, more of the same answer may follow.
    }

    private (int Accepted, int Stored) Take(ReadOnlySpan<PeerAddress> addresses, bool relays)
    {
        var now = _gossip.Options.TimeProvider.GetUtcNow();
        var (accepted, stored) = (0, 0);
        foreach (ref readonly var announced in addresses)
        {
            if (!_gossip.Rules.TryNormalize(announced, now, out var address) || _gossip.External.Contains(address.EndPoint))
                continue;
            Outbox?.AddKnown(address.EndPoint);
            if (_gossip.IsBanned(address.EndPoint.Address))
                continue;

            var isReachable = _gossip.Rules.IsReachable(address.EndPoint.Address.Network);
            if (relays && GossipRules.IsFresh(address, now))
                _gossip.Relay.Relay(address, Outbox, isReachable);
            if (!isReachable)
                continue;

            accepted++;
            if (_gossip.Book.Add(address, _source, GossipRules.Penalty))
                stored++;
        }

        return (accepted, stored);
    }

    /// <summary>Determines whether to answer a getaddr: only the first, and only of an inbound peer.</summary>
    private bool TakeQuestion()
    {
        if (_wasAsked || Peer.Direction != ConnectionDirection.Inbound || !_gossip.Options.AnswerInboundPeers)
            return false;

        _wasAsked = true;
        return true;
    }

    private byte[]? GetAnswer()
    {
        var answer = _gossip.GetAnswer(AnswerKey.Create(Peer.RemoteEndPoint, _localEndPoint));
        return Peer.WantsAddrV2 ? answer.AddrV2 : answer.Addr;
    }

    private async ValueTask<bool> SendAnswerAsync(byte[] payload, CancellationToken cancellationToken)
    {
        var command = Peer.WantsAddrV2 ? MessageCommand.AddrV2 : MessageCommand.Addr;
        await Peer.SendAsync(command, payload, cancellationToken).ConfigureAwait(false);
        return !_gossip.Options.ForwardMessages;
    }
}

/// <summary>The part of the gossip that a session takes.</summary>
internal enum GossipMode
{
    /// <summary>Addresses go both ways.</summary>
    Exchange,

    /// <summary>Addresses are asked for once, as the only purpose of the connection.</summary>
    Fetch,

    /// <summary>None are asked for, accepted or sent.</summary>
    Silence,
}
