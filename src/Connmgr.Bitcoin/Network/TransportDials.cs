using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Chooses the transport of the connections that a <see cref="PeerNetwork"/> opens, and dials again for v1 when a peer does not answer the
/// encrypted one, as Bitcoin Core does. Thread-safe.
/// </summary>
internal sealed class TransportDials(BitcoinPeerOptions options, AddressBook book, ILogger logger)
{
    /// <summary>The time after which Bitcoin Core gives up on a silent peer, and dials it again for v1.</summary>
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(60);

    private readonly bool _canSpeakV2 = PeerRuntime.LoadKeyExchange(options).Exchange is not null;
    private Func<EndPoint, CancellationToken, ValueTask<Stream>>? _dial;
    private TimeSpan _patience;

    /// <summary>
    /// Sets the dialler of the connections and the time of their handshakes, of which a half is for the second dial. Called before the first
    /// one.
    /// </summary>
    public void Configure(Func<EndPoint, CancellationToken, ValueTask<Stream>>? dial, TimeSpan handshakeTimeout)
    {
        _dial = dial;
        _patience = handshakeTimeout / 2 < LongestPatience ? handshakeTimeout / 2 : LongestPatience;
    }

    /// <summary>Chooses how the handshake of a connection begins.</summary>
    /// <param name="profile">The profile of the handshake.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="endPoint">The peer's address as the address book knows it; null if it has none.</param>
    public HandshakeProfile Choose(in HandshakeProfile profile, Connection connection, NetworkEndPoint? endPoint)
    {
        var beginsV2 = BeginsV2(connection, endPoint);
        return profile with { DialsV2 = beginsV2, Patience = beginsV2 && CanFallBack(connection) ? _patience : null };
    }

    /// <summary>
    /// Determines whether to begin the encrypted transport: with an address that offers it, and with one of unknown services that does not
    /// come from the address source, because the user or a seed named it.
    /// </summary>
    private bool BeginsV2(Connection connection, NetworkEndPoint? endPoint)
    {
        var policy = GetPolicy(connection);
        if (!_canSpeakV2 || connection.Direction == ConnectionDirection.Inbound || policy == TransportPolicy.V1Only)
            return false;
        var services = (NodeServices)(PeerTag.GetCandidate(connection)?.Entry.Address.Services ?? GetServices(endPoint));
        return policy == TransportPolicy.V2Only || services.HasFlag(NodeServices.P2PV2)
            || (services == NodeServices.None && connection.Kind is not (ConnectionKind.Automatic or ConnectionKind.Trial));
    }

    /// <summary>Determines whether to dial again for v1 after a failed handshake.</summary>
    public bool ShouldFallBack(Connection connection, in HandshakeProfile profile, ConnectFailedException exception) =>
        profile.DialsV2 && exception.Cause == ConnectFailureCause.UnsupportedTransport && CanFallBack(connection);

    /// <summary>Dials the peer of a connection again, and gives the connection the new stream.</summary>
    /// <exception cref="ConnectFailedException">The dial failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task DialAgainAsync(Connection connection, CancellationToken cancellationToken)
    {
        NetworkLog.TransportFallback(logger, connection.RemoteEndPoint);
        var ended = connection.Stream;
        connection.ReplaceStream(Stream.Null); // Meanwhile the connection has no stream to dispose of.
        await ended.DisposeAsync().ConfigureAwait(false);
        if (connection.Request?.Tag is IDialTag { NeedsOwnIdentity: true })
            OwnIdentity.Begin();
        var stream = await _dial!(connection.RemoteEndPoint!, cancellationToken).ConfigureAwait(false);
        try
        {
            connection.ReplaceStream(stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private bool CanFallBack(Connection connection) =>
        GetPolicy(connection) == TransportPolicy.PreferV2 && _dial is not null && connection.RemoteEndPoint is not null;

    private TransportPolicy GetPolicy(Connection connection) => options.GetTransport(connection.RemoteEndPoint, connection.IsOnion);

    private ulong GetServices(NetworkEndPoint? endPoint) => endPoint is { } known && book.TryGet(known, out var entry) ? entry.Address.Services : 0;
}
