namespace Connmgr.Bitcoin;

/// <content>The protocol on the connections of a <see cref="ConnectionManager"/>.</content>
public sealed partial class BitcoinProtocol
{
    /// <summary>
    /// Does the handshake of a connection: use it as <see cref="ConnectionManagerOptions.Handshake"/>. It puts the
    /// <see cref="BitcoinPeer"/> into <see cref="Connection.UserState"/>.
    /// </summary>
    /// <param name="connection">The new connection.</param>
    /// <param name="cancellationToken">
    /// Ends the handshake; the manager cancels it at <see cref="ConnectionManagerOptions.HandshakeTimeout"/>.
    /// </param>
    /// <exception cref="ConnectFailedException">The handshake failed; phase and cause give the reason.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask HandshakeAsync(Connection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var required = connection.Kind == ConnectionKind.Automatic ? _runtime.Options.RequiredServices : NodeServices.None;
        return HandshakeAsync(connection, new HandshakeProfile(required, _runtime.Options.Relay), cancellationToken);
    }

    /// <summary>
    /// Does the handshake of a connection with other requirements than those of the options. A private one gets a
    /// <see cref="HandshakeSession"/> instead of a peer.
    /// </summary>
    internal async ValueTask HandshakeAsync(Connection connection, HandshakeProfile profile, CancellationToken cancellationToken)
    {
        profile = profile with
        {
            Connection = connection,
            Network = SelfDetector.GetNetwork(connection.RemoteEndPoint, connection.IsOnion),
            Policy = _runtime.Options.GetTransport(connection.RemoteEndPoint, connection.IsOnion),
            IsPermitted = connection.Permissions != ConnectionPermissions.None,
        };
        if (profile.IsPrivate)
        {
            connection.UserState = await NegotiateAsync(
                connection.Stream, connection.Direction, remoteEndPoint: null, profile, cancellationToken).ConfigureAwait(false);
            return;
        }

        var peer = await HandshakeAsync(
            connection.Stream, connection.Direction, connection.RemoteEndPoint, profile, cancellationToken).ConfigureAwait(false);
        connection.UserState = peer;
        connection.ReportCapabilities(
            offersWantedServices: peer.Version.Services.HasFlag(_runtime.Options.RequiredServices), relaysTransactions: peer.Version.Relay);
        peer.KeepAlive.OnRoundTrip = connection.ReportRoundTrip;
    }

    /// <summary>
    /// Runs a connection whose handshake was done by <see cref="HandshakeAsync(Connection, CancellationToken)"/>: call it in
    /// <see cref="ConnectionManagerOptions.OnConnection"/> and <see cref="ConnectionManagerOptions.OnAccept"/>. See
    /// <see cref="BitcoinPeer.RunAsync"/>.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="handler">The handler of messages that the library does not handle itself.</param>
    /// <param name="cancellationToken">Ends the connection. Pass the token of the manager.</param>
    /// <returns>A task that ends with the connection.</returns>
    /// <exception cref="InvalidOperationException">The connection has no <see cref="BitcoinPeer"/> in its session.</exception>
    public static Task RunAsync(
        Connection connection,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return BeginAndRunAsync(connection, interest: null, ask: null, begin: null, handler, cancellationToken);
    }

    /// <summary>
    /// Runs a connection with callbacks before the first message is read, of which the first sends getaddr, and an interest other than that
    /// of the options.
    /// </summary>
    internal static async Task BeginAndRunAsync(
        Connection connection,
        MessageInterest? interest,
        Func<CancellationToken, ValueTask>? ask,
        Func<BitcoinPeer, CancellationToken, ValueTask>? begin,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.UserState is not BitcoinPeer peer)
        {
            throw new InvalidOperationException(
                Invariant($"Connection {connection.Id} has no BitcoinPeer in its {nameof(connection.UserState)}. ") +
                $"Set ConnectionManagerOptions.Handshake to HandshakeAsync of a BitcoinProtocol.");
        }

        await peer.BeginAndRunAsync(interest, ask, begin, handler, cancellationToken).ConfigureAwait(false);

        // The cause is given, since a handler that returns would look like a close by this side.
        connection.Close(DisconnectCause.PeerClosed);
    }
}
