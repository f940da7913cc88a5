using System.Net;

namespace Connmgr.Bitcoin;

/// <content>The life of one connection: handshake, messages, end, and what the book learns of it.</content>
public sealed partial class PeerNetwork
{
    private static readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> Ignore = static (_, _, _) => ValueTask.CompletedTask;

    private readonly Func<BitcoinPeer, CancellationToken, ValueTask>? _onPeer;
    private readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> _onMessage;
    private readonly MessageInterest _interest;
    private readonly HashSet<MessageCommand>? _handled; // Null: all.
    private readonly AnnouncementCredit? _credit;
    private bool _hasListeners;
    private readonly Action<Connection, BitcoinProtocolException>? _onViolation;
    private readonly Func<EndPoint, ConnectionDirection, GateVerdict>? _gate;
    private readonly Func<ProtocolViolation, Misbehavior?> _misbehaviorOf;
    private readonly ReputationEnforcer _enforcer;
    private readonly NodeServices _requiredServices;
    private readonly bool _relay;

    /// <summary>
    /// What is required depends on what the connection is for. The peer's own word about its services reaches the book even when they are
    /// too few, so that it is not chosen again.
    /// </summary>
    private async ValueTask HandshakeAsync(Connection connection, CancellationToken cancellationToken)
    {
        var profile = ProfileOf(PurposeOf(connection));
        var endPoint = EndPointOf(connection);
        if (endPoint is { } known)
            profile = profile with { OnVersion = version => Book.SetServices(known, (ulong)version.Services) };
        try
        {
            await Protocol.HandshakeAsync(connection, profile, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectFailedException exception)
        {
            if (exception.Cause == ConnectFailureCause.SelfConnection)
                _own.Add(connection.Request?.EndPoint);
            Misbehaved(connection, exception.InnerException);
            throw;
        }

        if (endPoint is { } met && connection.Kind != ConnectionKind.Automatic)
            Book.Good(met); // What the source gave it tells the book itself.
    }

    private HandshakeProfile ProfileOf(PeerPurpose purpose) => purpose switch
    {
        PeerPurpose.Feeler or PeerPurpose.AddressFetch => new(NodeServices.None, Relay: false), // Whoever is there may know of others.
        PeerPurpose.OneOff or PeerPurpose.Permanent or PeerPurpose.Inbound => new(NodeServices.None, _relay),
        _ => new(_requiredServices, _relay),
    };

    private async Task RunAsync(Connection connection, CancellationToken cancellationToken)
    {
        try
        {
            var purpose = PurposeOf(connection);
            if (connection.Session is not BitcoinPeer peer || purpose is not (PeerPurpose.Feeler or PeerPurpose.AddressFetch))
                await TalkAsync(connection, purpose, cancellationToken).ConfigureAwait(false);
            else if (purpose == PeerPurpose.AddressFetch)
                await FetchAsync(connection, peer, cancellationToken).ConfigureAwait(false);
            else
                connection.Close("it was a feeler, and the peer is there");
            await connection.Closed.ConfigureAwait(false);
        }
        catch (BitcoinProtocolException exception)
        {
            Misbehaved(connection, exception);
            throw;
        }
    }

    private async Task TalkAsync(Connection connection, PeerPurpose purpose, CancellationToken cancellationToken)
    {
        if (connection.Session is not BitcoinPeer peer)
        {
            // Says what is missing: a handshake of the user's own that leaves no peer.
            await BitcoinProtocol.RunAsync(connection, _onMessage, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (connection.Direction == ConnectionDirection.Outbound)
        {
            var endPoint = EndPointOf(connection);
            _outbound.Add(new OutboundPeer(connection.Id, purpose, endPoint, (NodeServices)peer.Version.Services, _time.GetUtcNow()));
            if (endPoint is { } known)
                _clock.Learn(Netgroup.Of(known.Address), peer.Version.Timestamp);
        }

        var session = _gossip.Join(peer, connection.LocalEndPoint);
        var announcer = _credit is null ? null : new AnnouncementCredit.Announcer(new UsefulConnection(connection), Netgroup.Of(connection.RemoteEndPoint));
        await using (session.ConfigureAwait(false))
        {
            await RunAsync(connection, session, announcer, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(Connection connection, GossipSession session, AnnouncementCredit.Announcer? announcer, CancellationToken cancellationToken)
    {
        try
        {
            await BitcoinProtocol.BeginAndRunAsync(
                connection,
                _interest,
                async (begun, token) =>
                {
                    await session.BeginAsync(token).ConfigureAwait(false);
                    if (_onPeer is not null)
                        await _onPeer(begun, token).ConfigureAwait(false);
                },
                async (from, message, token) =>
                {
                    if (announcer is not null && AnnouncementCredit.Reads(message.Command))
                    {
                        _credit!.Read(announcer, message.Command, message.Payload.Span);
                        if (_handled?.Contains(message.Command) == false)
                            return; // Only what counts of it was kept.
                    }

                    if (!await session.HandleAsync(message, token).ConfigureAwait(false))
                        await _onMessage(from, message, token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (announcer is not null)
                _credit!.Leave(announcer);
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

        connection.Close("it had the addresses that it was for");
    }

    /// <summary>Outbound connections alone.</summary>
    private async Task OnDisconnectionAsync(
        ConnectionRequest request, Connection connection, Func<ConnectionRequest, Connection, Task>? onDisconnection)
    {
        var reason = await connection.Closed.ConfigureAwait(false);
        var wasPutDown = reason.Cause is DisconnectCause.Stopped or DisconnectCause.NetworkSuspended;
        if (_outbound.Remove(connection.Id, wasPutDown) is { EndPoint: { } endPoint })
            Book.Connected(endPoint);
        if (onDisconnection is not null)
            await onDisconnection(request, connection).ConfigureAwait(false);
    }

    /// <summary>The one place that learns of broken rules.</summary>
    private void Misbehaved(Connection connection, Exception? exception)
    {
        if (exception is not BitcoinProtocolException violation)
            return;
        if (_misbehaviorOf(violation.Violation) is { } what && IsHeldAgainst(connection) && !IsOfSharedHost(connection))
            Reputation.Misbehaved(connection, what);
        _onViolation?.Invoke(connection, violation);
    }

    /// <summary>Whether the peer's address is this machine's or a proxy's. A reputation of the user's does not know.</summary>
    private bool IsOfSharedHost(Connection connection) =>
        NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var peer) && _shared.Contains(peer.Address);

    /// <summary>Bitcoin Core's rule: neither those with the permission, nor those that the user named.</summary>
    internal static bool IsHeldAgainst(Connection connection) =>
        !connection.Permissions.HasFlag(ConnectionPermissions.NoBan) && PurposeOf(connection) is not (PeerPurpose.Permanent or PeerPurpose.OneOff);
}
