using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Speaks the Bitcoin protocol on connections: does the version handshake, and runs connections after it. Create one object for a node and
/// use it for all connections, in both directions: so it recognizes connections of the node to itself, and one timer serves all peers.
/// Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var bitcoin = new BitcoinProtocol(new() { Chain = ChainParameters.Mainnet });
/// options.Handshake = bitcoin.HandshakeAsync;
/// options.OnConnection = (request, connection, token) => BitcoinProtocol.RunAsync(connection, OnMessageAsync, token);
/// </code>
/// </example>
public sealed partial class BitcoinProtocol
{
    private readonly PeerRuntime _runtime;

    /// <summary>Creates the protocol of a node.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <exception cref="ArgumentException">Options are missing or out of range; the message names each of them.</exception>
    public BitcoinProtocol(BitcoinPeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsErrors.ThrowIfAny(options);
        _runtime = new(options.Copy());
    }

    /// <summary>The bytes of all connections.</summary>
    internal TrafficTally Traffic => _runtime.Traffic;

    /// <summary>The memory of messages that are arriving.</summary>
    internal ReceiveBudget Budget => _runtime.Budget;

    /// <summary>The counts of peers by transport.</summary>
    internal TransportTally Transports => _runtime.Transports;

    /// <summary>The counts of messages that have no reader.</summary>
    internal ReceiveTally Received => _runtime.Received;

    /// <summary>
    /// The callback for a connection that is slowed because it sends unread messages faster than they are discarded, called once for each.
    /// Must be quick.
    /// </summary>
    internal Action<EndPoint?>? OnSlowed
    {
        get => _runtime.OnSlowed;
        set => _runtime.OnSlowed = value;
    }

    /// <summary>Does the version handshake on a new connection.</summary>
    /// <param name="stream">
    /// The connection. The caller keeps it, and disposes of it when the handshake throws or the peer's <see cref="BitcoinPeer.RunAsync"/>
    /// has returned. Its reads and writes must observe cancellation, as those of a NetworkStream do.
    /// </param>
    /// <param name="direction">
    /// The direction of the connection. <see cref="BitcoinPeerOptions.RequiredServices"/> applies to outbound peers only.
    /// </param>
    /// <param name="remoteEndPoint">
    /// The peer's address; null if it is not known, or is not to be sent to the peer in the version message.
    /// </param>
    /// <param name="cancellationToken">Ends the handshake. There is no other deadline, so pass a token that has one.</param>
    /// <returns>The peer. Call its <see cref="BitcoinPeer.RunAsync"/> next.</returns>
    /// <exception cref="ConnectFailedException">
    /// Phase <see cref="ConnectPhase.Handshake"/>; cause <see cref="ConnectFailureCause.ProtocolViolation"/> or
    /// <see cref="ConnectFailureCause.SelfConnection"/> with an inner <see cref="BitcoinProtocolException"/>,
    /// <see cref="ConnectFailureCause.UnsupportedTransport"/>, or <see cref="ConnectFailureCause.Reset"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<BitcoinPeer> HandshakeAsync(
        Stream stream,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var required = direction == ConnectionDirection.Outbound ? _runtime.Options.RequiredServices : NodeServices.None;
        var profile = new HandshakeProfile(required, _runtime.Options.Relay)
        {
            Network = SelfDetector.GetNetwork(remoteEndPoint, isOnion: false),
            Policy = _runtime.Options.GetTransport(remoteEndPoint, isOnion: false),
        };
        return HandshakeAsync(stream, direction, remoteEndPoint, profile, cancellationToken);
    }

    /// <summary>Does the handshake of a stream with other requirements than those of the options.</summary>
    internal async ValueTask<BitcoinPeer> HandshakeAsync(
        Stream stream,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeProfile profile,
        CancellationToken cancellationToken)
    {
        var session = await NegotiateAsync(stream, direction, remoteEndPoint, profile, cancellationToken).ConfigureAwait(false);
        var peer = new BitcoinPeer(
            _runtime, session.Reader, session.Writer, session.Lifetime, direction, remoteEndPoint, profile, session.Result, session.Transport);
        session.Holder.HandOver(peer.CloseToFreeMemory);
        return peer;
    }

    /// <summary>Does the handshake, and leaves the connection to the caller.</summary>
    private async ValueTask<HandshakeSession> NegotiateAsync(
        Stream stream,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeProfile profile,
        CancellationToken cancellationToken)
    {
        var options = _runtime.Options;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var holder = new MemoryHolder(ending);
        // Belongs to the peer from here on: writes end with it. It holds nothing to dispose of.
        var lifetime = new CancellationTokenSource();
        var waiting = new ReadPauses(options.TimeProvider);
        var reader = new FrameReader(stream, options.Chain!, options.BufferPool)
        {
            Interest = MessageInterest.Handshake,
            Pacer = new(_runtime, waiting, remoteEndPoint),
            ReadPauses = waiting,
            Lease = _runtime.Budget.Open(direction, profile.IsPermitted, holder.Close),
        };
        var writer = new FrameWriter(
            stream, options.Chain!, options.MaxSendBacklog, options.TimeProvider, options.BufferPool, lifetime.Token)
        {
            MaxPosted = options.MaxPostBacklog,
        };
        try
        {
            HandshakeResult result;
            AgreedTransport transport;
            var canceled = ending.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), lifetime);
            await using (canceled.ConfigureAwait(false))
            {
                transport = await SetUpTransportAsync(new(options, reader, writer), direction, profile, ending.Token).ConfigureAwait(false);
                var handshake = new VersionHandshake(
                    options, _runtime.Nonces, _runtime.Self, reader, writer, direction, remoteEndPoint, profile with { Transport = transport.Transport });
                result = await handshake.RunAsync(ending.Token).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return new(_runtime.Traffic, holder, reader, writer, lifetime, result, transport);
        }
        catch (Exception e)
        {
            await lifetime.CancelAsync().ConfigureAwait(false); // Ends a write whose caller has stopped waiting for it.
            await writer.DetachedWrites.ConfigureAwait(false);
            writer.Wipe();
            reader.Dispose();
            _runtime.Traffic.Add(reader.BytesReceived, writer.BytesSent);
            cancellationToken.ThrowIfCancellationRequested();
            if (Failure(holder.WasClosed ? BitcoinPeer.CreateBudgetException() : e) is { } failure)
                throw failure;

            throw;
        }
    }

    private Task<AgreedTransport> SetUpTransportAsync(
        TransportSetup setup, ConnectionDirection direction, HandshakeProfile profile, CancellationToken cancellationToken)
    {
        var policy = profile.Policy;
        var exchange = policy == TransportPolicy.V1Only ? null : _runtime.KeyExchange;
        if (direction == ConnectionDirection.Inbound)
            return setup.AnswerAsync(exchange, policy, cancellationToken);
        return exchange is not null && (profile.DialsV2 || policy == TransportPolicy.V2Only)
            ? setup.DialAsync(exchange, profile.Patience, cancellationToken)
            : Task.FromResult(AgreedTransport.V1);
    }

    private static ConnectFailedException? Failure(Exception e) => e switch
    {
        BitcoinProtocolException { Violation: ProtocolViolation.SelfConnection } => Failure(ConnectFailureCause.SelfConnection, e),
        BitcoinProtocolException { Violation: ProtocolViolation.Truncated } => Failure(ConnectFailureCause.Reset, e),
        BitcoinProtocolException => Failure(ConnectFailureCause.ProtocolViolation, e),
        IOException or ObjectDisposedException => Failure(ConnectFailureCause.Reset, e),
        _ => null,
    };

    private static ConnectFailedException Failure(ConnectFailureCause cause, Exception e) =>
        new(ConnectPhase.Handshake, cause, $"The Bitcoin handshake failed. {e.Message}", e);
}
