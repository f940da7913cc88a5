namespace Connmgr.Bitcoin;

/// <summary>
/// Leads each connection of a <see cref="PeerNetwork"/> from its handshake to its end: what is required of the peer, who gets its messages,
/// and what the address book and the reputation learn from it. One object serves all connections. Thread-safe.
/// </summary>
internal sealed class PeerConversation
{
    private readonly BitcoinProtocol _protocol;
    private readonly AddressGossip _gossip;
    private readonly NetworkState _state;
    private readonly NodeServices _requiredServices; // Of automatic peers.
    private readonly bool _relay;
    private readonly PeerMessaging _messaging;
    private readonly TransportDials _transports;
    private readonly Func<BitcoinPeer, CancellationToken, ValueTask>? _onPeer;
    private readonly Action<Connection, BitcoinProtocolException>? _onViolation;
    private readonly Func<ProtocolViolation, Misbehavior?> _misbehaviorOf;
    private AnnouncementCredit? _credit; // Set before the first connection, if at all.

    public PeerConversation(
        PeerNetworkOptions options,
        BitcoinPeerOptions protocolOptions,
        BitcoinProtocol protocol,
        AddressGossip gossip,
        NetworkState state,
        PeerMessaging messaging,
        TransportDials transports)
    {
        (_protocol, _gossip, _state, _messaging, _transports) = (protocol, gossip, state, messaging, transports);
        (_requiredServices, _relay) = (protocolOptions.RequiredServices, protocolOptions.Relay);
        _onPeer = options.OnPeer;
        _onViolation = options.OnViolation;
        _misbehaviorOf = options.GetMisbehavior;
    }

    /// <summary>Credits peers for what they announce. Called at most once, before the first connection.</summary>
    public void CreditAnnouncements()
    {
        _credit = new AnnouncementCredit(countsTransactions: _relay);
        AnnouncementCredit.AddTo(_messaging.Router.Interest);
    }

    /// <summary>
    /// Does the handshake of a new connection. The peer's services reach the address book even when they do not suffice, so that the
    /// address is not chosen again.
    /// </summary>
    public async ValueTask HandshakeAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (connection.Request?.Tag is PeerTag { Private: not null })
        {
            await HandshakePrivatelyAsync(connection, cancellationToken).ConfigureAwait(false);
            return;
        }

        (connection.Request?.Tag as PeerTag)?.Connection = connection;
        var endPoint = PeerTag.GetEndPoint(connection);
        var profile = _transports.Choose(
            GetProfile(connection) with { OnVersion = (version, transport) => Learn(connection, endPoint, version, transport) }, connection, endPoint);
        try
        {
            await HandshakeAsync(connection, profile, cancellationToken).ConfigureAwait(false);
            if (connection.UserState is BitcoinPeer peer)
                peer.OnMisbehavior = misbehavior => ReportMisbehavior(connection, misbehavior);
        }
        catch (ConnectFailedException exception)
        {
            if (exception.Cause == ConnectFailureCause.SelfConnection)
                _state.OwnAddresses.Add(connection.Request?.EndPoint);
            ReportViolation(connection, exception.InnerException);
            throw;
        }

        // For an automatic connection the source reports the success to the book.
        if (endPoint is { } reached && connection.Kind != ConnectionKind.Automatic)
            _state.Book.MarkGood(reached);
    }

    /// <summary>Does the handshake of a private broadcast. Nothing is learnt from it: what is done with an address later must not show that it was used.</summary>
    private Task HandshakePrivatelyAsync(Connection connection, CancellationToken cancellationToken)
    {
        var profile = _transports.Choose(
            new HandshakeProfile(NodeServices.None, Relay: false) { IsPrivate = true }, connection, PeerTag.GetEndPoint(connection));
        return HandshakeAsync(connection, profile, cancellationToken);
    }

    /// <summary>Does the handshake in the transport of the profile, and then perhaps in v1 on a new stream.</summary>
    private async Task HandshakeAsync(Connection connection, HandshakeProfile profile, CancellationToken cancellationToken)
    {
        try
        {
            await _protocol.HandshakeAsync(connection, profile, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (ConnectFailedException exception) when (_transports.ShouldFallBack(connection, profile, exception))
        {
            // The next try is outside, so that its failure does not seem to come from this one.
        }

        await _transports.DialAgainAsync(connection, cancellationToken).ConfigureAwait(false);
        await _protocol.HandshakeAsync(connection, profile with { DialsV2 = false }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a connection until it ends.</summary>
    public async Task RunAsync(Connection connection, CancellationToken cancellationToken)
    {
        var inbound = InboundHosts.GetAddress(connection);
        try
        {
            if (inbound is { } host)
                _state.InboundHosts.Add(host);
            var purpose = PeerNetwork.GetPurpose(connection);
            if (connection is { UserState: HandshakeSession session, Request.Tag: PeerTag { Private: { } exchange } })
            {
                await exchange.RunAsync(session, cancellationToken).ConfigureAwait(false);
                connection.Close("the private broadcast to it is over");
            }
            else if (connection.UserState is not BitcoinPeer peer || purpose is not (PeerPurpose.Feeler or PeerPurpose.AddressFetch))
                await TalkAsync(connection, purpose, cancellationToken).ConfigureAwait(false);
            else if (purpose == PeerPurpose.AddressFetch)
                await FetchAsync(connection, peer, cancellationToken).ConfigureAwait(false);
            else
                connection.Close("it was a feeler, and the peer is there");
            await connection.Closed.ConfigureAwait(false);
        }
        catch (BitcoinProtocolException exception)
        {
            ReportViolation(connection, exception);
            throw;
        }
        finally
        {
            if (inbound is { } host)
                _state.InboundHosts.Remove(host);
        }
    }

    /// <summary>Takes note of the end of an outbound connection, and then calls the user's callback.</summary>
    /// <param name="request">The request of the connection.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="onDisconnection">The user's callback; null for none.</param>
    public async Task OnDisconnectionAsync(
        ConnectionRequest request, Connection connection, Func<ConnectionRequest, Connection, Task>? onDisconnection)
    {
        var reason = await connection.Closed.ConfigureAwait(false);
        (request.Tag as PeerTag)?.Began?.TrySetResult(null);
        var wasSuspended = reason.Cause is DisconnectCause.Stopped or DisconnectCause.NetworkSuspended;
        if (_state.Outbound.Remove(connection.Id, wasSuspended) is { EndPoint: { } endPoint } removed)
        {
            if (PeerProfile.FromName(connection.Profile).Gossip)
                _state.Book.RecordConnected(endPoint); // Not of the others, as in Bitcoin Core: the time is given to peers that ask for addresses.
            if (connection.UserState is BitcoinPeer peer)
                _state.Records.NoteEnd(peer, connection, endPoint, reason.Cause);
            if (IsChosen(removed.Purpose))
                _state.Quarantine.NoteEnd(endPoint, reason.Cause, connection.Age);
        }

        if (onDisconnection is not null)
            await onDisconnection(request, connection).ConfigureAwait(false);
    }

    /// <summary>Determines whether the network chose the peer itself, and keeps it. Only such peers are quarantined.</summary>
    private static bool IsChosen(PeerPurpose purpose) => purpose is PeerPurpose.Automatic or PeerPurpose.Anchor
        or PeerPurpose.ExtraNetwork or PeerPurpose.ExtraBlockRelay or PeerPurpose.ExtraFull or PeerPurpose.Trial;

    /// <summary>Takes note of what an outbound peer claims: for its address, and for the groups that it may belong to.</summary>
    private void Learn(Connection connection, NetworkEndPoint? endPoint, VersionMessage version, PeerTransport transport)
    {
        if (endPoint is { } known)
            _state.Book.SetServices(known, (ulong)version.Services);
        if (IsChosen(PeerNetwork.GetPurpose(connection)) && PeerTag.GetCandidate(connection) is { } candidate)
            _state.Quarantine.NoteServices(candidate, version.Services, _state.Groups.Groups.Aggregate(_requiredServices, static (all, group) => all | group.NeededServices));
        if (connection.Direction == ConnectionDirection.Outbound)
            _state.Groups.Learn(connection, version, transport);
        else if (GetSeen(connection, version) is { } seen)
            _state.ExternalAddresses.NoteSeen(seen);
    }

    /// <summary>Gets the own address that an inbound peer claims to have dialled.</summary>
    /// <returns>Null on another network than the connection's: a score must not link an onion or I2P address with a public one.</returns>
    private static NetworkAddress? GetSeen(Connection connection, VersionMessage version) =>
        connection.HasAddressOfPeer && NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var peer)
        && NetworkAddress.FromIPAddress(version.Receiver.Address).ToCjdns() is var seen && seen.Network == peer.ToCjdns().Address.Network
            ? seen
            : null;

    private HandshakeProfile GetProfile(Connection connection) => PeerNetwork.GetPurpose(connection) switch
    {
        PeerPurpose.Feeler or PeerPurpose.AddressFetch => new(NodeServices.None, Relay: false), // Any peer may know other addresses.
        PeerPurpose.OneOff or PeerPurpose.Permanent or PeerPurpose.Inbound => new(NodeServices.None, _relay),
        _ => new(_requiredServices, _relay && PeerProfile.FromName(connection.Profile).Relay),
    };

    private async Task TalkAsync(Connection connection, PeerPurpose purpose, CancellationToken cancellationToken)
    {
        if (connection.UserState is not BitcoinPeer peer)
        {
            // The user replaced the handshake by one that leaves no peer; this throws an exception that says so.
            await BitcoinProtocol.RunAsync(connection, static (_, _, _) => default, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (connection.Direction == ConnectionDirection.Outbound)
        {
            var endPoint = PeerTag.GetEndPoint(connection);
            _state.Outbound.Add(new OutboundPeer(connection.Id, purpose, endPoint, peer.Version.Services, _state.Time.GetUtcNow())
            {
                IsBlockRelay = string.Equals(connection.Profile, PeerProfile.BlockRelayName, StringComparison.Ordinal),
            });
            if (endPoint is { } known)
                _state.Clock.AddSample(Netgroup.FromAddress(known.Address), peer.Version.Timestamp);
        }

        (connection.Request?.Tag as PeerTag)?.Began?.TrySetResult(peer);
        var session = PeerProfile.FromName(connection.Profile).Gossip ? _gossip.Attach(peer, connection.LocalEndPoint) : _gossip.AttachSilently(peer);
        var announcer = _credit is null
            ? null
            : new AnnouncementCredit.Announcer(new UsefulConnection(connection), Netgroup.FromEndPoint(connection.RemoteEndPoint));
        await using (session.ConfigureAwait(false))
        {
            await ReadMessagesAsync(connection, session, announcer, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadMessagesAsync(
        Connection connection, GossipSession session, AnnouncementCredit.Announcer? announcer, CancellationToken cancellationToken)
    {
        try
        {
            await BitcoinProtocol.BeginAndRunAsync(
                connection,
                _messaging.Router.Interest,
                session.StartAsync,
                async (peer, token) =>
                {
                    if (_onPeer is not null)
                        await _onPeer(peer, token).ConfigureAwait(false);
                    _messaging.Join(peer);
                },
                async (peer, message, token) =>
                {
                    if (announcer is not null && AnnouncementCredit.Reads(message.Command))
                    {
                        _credit!.Read(announcer, message.Command, message.Payload.Span);
                        if (message.IsPart)
                            return; // Only the part that earns credit was kept.
                    }

                    var isClaimed = await session.HandleAsync(message, token).ConfigureAwait(false);
                    await _messaging.HandleAsync(peer, message, isClaimed, token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (connection.UserState is BitcoinPeer peer)
                _messaging.End(peer);
            if (announcer is not null)
                _credit!.Remove(announcer);
        }
    }

    private async Task FetchAsync(Connection connection, BitcoinPeer peer, CancellationToken cancellationToken)
    {
        var fetched = (connection.Request?.Tag as PeerTag)?.Fetched;
        try
        {
            var counts = await _gossip.FetchAsync(peer, cancellationToken).ConfigureAwait(false);
            fetched?.TrySetResult((counts.Accepted, null));
        }
        catch (Exception exception)
        {
            fetched?.TrySetResult((0, exception));
            throw;
        }

        connection.Close("its addresses were fetched");
    }

    /// <summary>Reports a broken rule to the reputation and to the user. All broken rules pass through here.</summary>
    private void ReportViolation(Connection connection, Exception? exception)
    {
        if (exception is not BitcoinProtocolException violation)
            return;
        if (_misbehaviorOf(violation.Violation) is { } misbehavior)
            Count(connection, misbehavior);
        _onViolation?.Invoke(connection, violation);
    }

    /// <summary>
    /// Reports misbehavior that the user found, and closes the connection when it suffices to discourage the peer. The reputation closes the
    /// host's other connections.
    /// </summary>
    private HostScore ReportMisbehavior(Connection connection, Misbehavior misbehavior)
    {
        if (!ReputationEnforcer.IsAccountable(connection))
            return Count(connection, misbehavior);

        var isCounted = IsHostAccountable(connection) && connection.HasAddressOfPeer;
        var score = Count(connection, misbehavior);
        var action = isCounted ? score.Action : _state.Reputation.Scores.Evaluate(misbehavior.Persistent + misbehavior.Transient);
        if (action >= MisbehaviorAction.Discourage)
            connection.Close(DisconnectCause.ProtocolViolation, misbehavior.Name);
        return score;
    }

    /// <summary>Counts misbehavior among the facts of the peer, and against its host if that is accountable.</summary>
    private HostScore Count(Connection connection, Misbehavior misbehavior)
    {
        if (IsHostAccountable(connection))
            return _state.Reputation.ReportMisbehavior(connection, misbehavior);
        connection.NoteMisbehavior();
        return default;
    }

    /// <summary>
    /// Determines whether misbehavior counts against the peer's address. It does not when that is this machine's or a proxy's. A reputation
    /// that the user supplies does not know these, so they are checked here.
    /// </summary>
    private bool IsHostAccountable(Connection connection) =>
        ReputationEnforcer.IsAccountable(connection)
        && !(NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var peer) && _state.SharedHosts.Contains(peer.Address));
}
