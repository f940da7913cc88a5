using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// The Bitcoin protocol on connections: the version handshake of new ones, and the life of those that passed it. Make one for a node
/// and use it for all its connections, in both directions: that is how connections to itself are recognized, and why all its peers need
/// but one timer. Thread-safe.
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

    /// <summary>Makes one.</summary>
    /// <param name="options">The options, of which a copy is kept.</param>
    /// <exception cref="ArgumentException">Options are missing or out of their range; the message names each of them.</exception>
    public BitcoinProtocol(BitcoinPeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsErrors.ThrowIfAny(options);
        _runtime = new(options.Copy());
    }

    /// <summary>The bytes of all its connections.</summary>
    internal TrafficTally Traffic => _runtime.Traffic;

    /// <summary>The memory of messages that are arriving.</summary>
    internal ReceiveBudget Budget => _runtime.Budget;

    /// <summary>What peers sent that nobody reads.</summary>
    internal ReceiveTally Received => _runtime.Received;

    /// <summary>Called once for each connection that sends what nobody reads faster than it is read; must be quick.</summary>
    internal Action<EndPoint?>? OnSlowed
    {
        get => _runtime.OnSlowed;
        set => _runtime.OnSlowed = value;
    }

    /// <summary>Does the version handshake on a new connection.</summary>
    /// <param name="stream">
    /// The connection; it stays the caller's, to be disposed when the handshake throws or the peer's <see cref="BitcoinPeer.RunAsync"/>
    /// has returned. Its reads and writes must observe cancellation, as those of a NetworkStream do.
    /// </param>
    /// <param name="direction">Who opened it. <see cref="BitcoinPeerOptions.RequiredServices"/> is asked of outbound peers only.</param>
    /// <param name="remoteEndPoint">
    /// The peer's address, null when it is not known or none of its business (it is told in our version message).
    /// </param>
    /// <param name="cancellationToken">Ends the handshake. There is no other deadline: give one.</param>
    /// <returns>The peer, whose <see cref="BitcoinPeer.RunAsync"/> is to be called next.</returns>
    /// <exception cref="ConnectFailedException">
    /// Phase <see cref="ConnectPhase.Handshake"/>; cause <see cref="ConnectFailureCause.Protocol"/> or
    /// <see cref="ConnectFailureCause.SelfConnection"/> with a <see cref="BitcoinProtocolException"/> inside,
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
        var profile = new HandshakeProfile(required, _runtime.Options.Relay) { Network = SelfDetector.GetNetwork(remoteEndPoint, isOnion: false) };
        return HandshakeAsync(stream, direction, remoteEndPoint, profile, cancellationToken);
    }

    private async ValueTask<BitcoinPeer> HandshakeAsync(
        Stream stream,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeProfile profile,
        CancellationToken cancellationToken)
    {
        var options = _runtime.Options;
        var lifetime = new CancellationTokenSource(); // The peer's from here on: writes end with it, and it holds nothing to dispose of.
        var waiting = new ReadPauses(options.TimeProvider);
        var reader = new FrameReader(stream, options.Chain!, options.BufferPool)
        {
            Interest = MessageInterest.Handshake,
            Pacer = new(_runtime, waiting, remoteEndPoint),
            ReadPauses = waiting,
        };
        var writer = new FrameWriter(
            stream, options.Chain!, options.MaxSendBacklog, options.TimeProvider, options.BufferPool, lifetime.Token);
        try
        {
            HandshakeResult result;
            var canceled = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), lifetime);
            await using (canceled.ConfigureAwait(false))
            {
                var handshake = new VersionHandshake(
                    options, _runtime.Nonces, _runtime.Self, reader, writer, direction, remoteEndPoint, profile);
                result = await handshake.RunAsync(cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return new(_runtime, reader, writer, lifetime, direction, profile.IsPermitted, remoteEndPoint, result);
        }
        catch (Exception e)
        {
            await lifetime.CancelAsync().ConfigureAwait(false); // Ends a write that the token has only ceased to wait for.
            await writer.DetachedWrites.ConfigureAwait(false);
            reader.Dispose();
            _runtime.Traffic.Add(reader.BytesReceived, writer.BytesSent);
            cancellationToken.ThrowIfCancellationRequested();
            if (Failure(e) is { } failure)
                throw failure;

            throw;
        }
    }

    private static ConnectFailedException? Failure(Exception e) => e switch
    {
        BitcoinProtocolException { Violation: ProtocolViolation.SelfConnection } => Failure(ConnectFailureCause.SelfConnection, e),
        BitcoinProtocolException { Violation: ProtocolViolation.Truncated } => Failure(ConnectFailureCause.Reset, e),
        BitcoinProtocolException => Failure(ConnectFailureCause.Protocol, e),
        IOException or ObjectDisposedException => Failure(ConnectFailureCause.Reset, e),
        _ => null,
    };

    private static ConnectFailedException Failure(ConnectFailureCause cause, Exception e) =>
        new(ConnectPhase.Handshake, cause, $"The Bitcoin handshake failed. {e.Message}", e);
}
