using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// The gossip with one peer, from its handshake to its end: see <see cref="AddressGossip.Join"/>. Beside this object it keeps nothing for
/// a peer that tells of no addresses and asks for none. <see cref="BeginAsync"/> and <see cref="HandleAsync"/> are called one after the
/// other, as <see cref="BitcoinPeer.RunAsync"/> does; all else is thread-safe.
/// </summary>
public sealed class GossipSession : IAsyncDisposable
{
    /// <summary>What a getaddr of ours lets the peer tell of.</summary>
    private const int AnswerTokens = AddressMessage.MaxEntries;

    /// <summary>The most entries of a message that are news, as which they are passed on; longer ones are answers.</summary>
    private const int MostNews = 10;

    private readonly AddressGossip _gossip;
    private readonly EndPoint? _localEndPoint;
    private readonly bool _isForFetching;
    private AddressTokens _tokens;
    private bool _hasAsked;
    private bool _wasAsked;
    private bool _awaitsAnswer;

    internal GossipSession(AddressGossip gossip, BitcoinPeer peer, EndPoint? localEndPoint, bool isForFetching)
    {
        _gossip = gossip;
        _localEndPoint = localEndPoint;
        _isForFetching = isForFetching;
        _tokens = new(gossip.Now);
        Peer = peer;
        Secret = gossip.Chance.NextUInt64();
        Source = SourceOf(peer.RemoteEndPoint);
    }

    /// <summary>The peer.</summary>
    public BitcoinPeer Peer { get; }

    /// <summary>What became of the addresses that the peer told of so far.</summary>
    public GossipCounts Counts => Tally.Counts;

    /// <summary>As whom the address book knows the peer when it tells of others.</summary>
    internal NetworkAddress Source { get; }

    /// <summary>The peer's number in <see cref="RelayDraw"/>.</summary>
    internal ulong Secret { get; }

    internal GossipTally Tally { get; } = new();

    /// <summary>
    /// What waits to be told to the peer. Null until it takes part: outbound peers do at once, inbound ones with their first message of
    /// gossip.
    /// </summary>
    internal Outbox? Outbox { get; private set; }

    /// <summary>The number of entries of the longest message so far.</summary>
    internal int MostEntries { get; private set; }

    /// <summary>
    /// Asks an outbound peer for addresses, if <see cref="AddressGossipOptions.AskOutboundPeers"/> is set. Inbound peers are never asked:
    /// they chose us, and would have us learn what they want. Call it after the handshake, before the first message is handled.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for messages that are being sent.</param>
    /// <returns>Completes when getaddr is sent, or is not to be.</returns>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask BeginAsync(CancellationToken cancellationToken = default)
    {
        if (Peer.Direction != ConnectionDirection.Outbound)
            return default;

        TakePart();
        return _gossip.Options.AskOutboundPeers ? AskAsync(cancellationToken) : default;
    }

    /// <summary>
    /// Handles a message, if it is of gossip: takes the addresses of addr and addrv2 into the book, answers the first getaddr of an inbound
    /// peer. Others are ignored, as by Bitcoin Core.
    /// </summary>
    /// <param name="message">Any message of the peer.</param>
    /// <param name="cancellationToken">Gives up waiting for messages that are being sent.</param>
    /// <returns>
    /// True when the message is dealt with. False for messages of other kinds, and for all when
    /// <see cref="AddressGossipOptions.PassMessagesOn"/> is set.
    /// </returns>
    /// <exception cref="BitcoinProtocolException">
    /// A message breaks a rule, as <see cref="AddressMessage.Decode"/> says; nothing of it was taken. Let it reach
    /// <see cref="BitcoinPeer.RunAsync"/>, which ignores it or ends the connection (<see cref="ProtocolMisbehavior.ResponseTo"/>).
    /// </exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> HandleAsync(BitcoinMessage message, CancellationToken cancellationToken = default)
    {
        if (AddressMessage.Is(message.Command))
        {
            TakePart();
            var entries = _gossip.Learn(this, ref _tokens, message.Command, message.Payload.Span);
            MostEntries = Math.Max(MostEntries, entries);
            _awaitsAnswer &= entries == AddressMessage.MaxEntries; // A full message may be followed by more of the same answer.
        }
        else if (message.Command != MessageCommand.GetAddr)
        {
            return new(false);
        }
        else
        {
            TakePart();
            if (TakeQuestion() && Answer() is { } payload)
                return SendAnswerAsync(payload, cancellationToken);
        }

        return new(!_gossip.Options.PassMessagesOn);
    }

    /// <summary>Ends the gossip with the peer.</summary>
    /// <returns>Completes when nothing is done for the peer any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Outbox is not { } outbox)
            return;

        _gossip.Relay.Remove(this);
        await outbox.Sending.ConfigureAwait(false);
    }

    /// <summary>Adds what gossip reads to an interest.</summary>
    /// <param name="interest">The interest.</param>
    /// <param name="passesOn">Whether the user's handler may read it too: <see cref="AddressGossipOptions.PassMessagesOn"/>.</param>
    /// <returns>The same interest.</returns>
    internal static MessageInterest AddTo(MessageInterest interest, bool passesOn)
    {
        foreach (var command in (ReadOnlySpan<MessageCommand>)[MessageCommand.Addr, MessageCommand.AddrV2, MessageCommand.GetAddr])
            _ = passesOn ? interest.Share(command) : interest.Claim(command);
        return interest;
    }

    /// <summary>Asks for addresses, once.</summary>
    internal async ValueTask AskAsync(CancellationToken cancellationToken)
    {
        if (_hasAsked)
            return;

        _hasAsked = true;
        _awaitsAnswer = true;
        _tokens.Grant(AnswerTokens);
        await Peer.SendAsync(MessageCommand.GetAddr, default, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether what a message of so many entries tells of is passed on: it is news, and no answer of the peer's is due.</summary>
    internal bool PassesOn(int entries) => _gossip.Options.RelayAddresses && entries <= MostNews && !_awaitsAnswer;

    /// <summary>From now on the peer is told of addresses. One that never says anything of them may have no use for them.</summary>
    private void TakePart()
    {
        if (Outbox is not null || _isForFetching || !_gossip.HasSomethingToTell)
            return;

        Outbox = new(Peer);
        _gossip.Relay.Add(this);
    }

    private static NetworkAddress SourceOf(EndPoint? remote) => remote switch
    {
        _ when NetworkEndPoint.TryFromEndPoint(remote, out var endPoint) => endPoint.Address,
        DnsEndPoint { Host.Length: > 0 } dns => NetworkAddress.FromName(dns.Host),
        _ => NetworkAddress.FromName("peers without an address"), // They share what one source may bring into the book.
    };

    /// <summary>Whether this getaddr is one to be answered: the first, and of an inbound peer.</summary>
    private bool TakeQuestion()
    {
        if (_wasAsked || Peer.Direction != ConnectionDirection.Inbound || !_gossip.Options.AnswerInboundPeers)
            return false;

        _wasAsked = true;
        return true;
    }

    private byte[]? Answer()
    {
        var answer = _gossip.Answer(AnswerKey.Of(Peer.RemoteEndPoint, _localEndPoint));
        return Peer.WantsAddrV2 ? answer.AddrV2 : answer.Addr;
    }

    private async ValueTask<bool> SendAnswerAsync(byte[] payload, CancellationToken cancellationToken)
    {
        var command = Peer.WantsAddrV2 ? MessageCommand.AddrV2 : MessageCommand.Addr;
        await Peer.SendAsync(command, payload, cancellationToken).ConfigureAwait(false);
        return !_gossip.Options.PassMessagesOn;
    }
}
