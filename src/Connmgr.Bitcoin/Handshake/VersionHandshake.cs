using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Does one version handshake. Each side sends version, then what it negotiates (wtxidrelay, sendaddrv2, its features), then verack. The
/// side that was dialled sends nothing before the other side's version has arrived. Order and segments are those of Bitcoin Core, which
/// sends each message by itself: the handshake does not give the library away.
/// </summary>
internal sealed class VersionHandshake(
    BitcoinPeerOptions options,
    NonceSource nonces,
    SelfDetector self,
    FrameReader reader,
    FrameWriter writer,
    ConnectionDirection direction,
    EndPoint? remoteEndPoint,
    HandshakeProfile profile)
{
    /// <summary>
    /// The most messages of other kinds before verack. They are ignored, as in Bitcoin Core, since future negotiations belong there; their
    /// number is limited because each has a cost.
    /// </summary>
    private const int MaxOtherMessages = 100;

    private readonly ulong _nonce = nonces.Next();
    private int _messagesRead;
    private string? _reject; // The text of the peer's reject message; null if none has arrived.

    /// <summary>Runs the handshake.</summary>
    /// <returns>The result.</returns>
    public async Task<HandshakeResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await (direction == ConnectionDirection.Outbound ? DialAsync(cancellationToken) : AnswerAsync(cancellationToken))
                .ConfigureAwait(false);
        }
        catch (IOException exception) when (_reject is not null && exception is not BitcoinProtocolException)
        {
            throw new IOException($"{exception.Message} Before that it sent reject: {_reject}.", exception);
        }
    }

    private async Task<HandshakeResult> DialAsync(CancellationToken cancellationToken)
    {
        if (!profile.IsPrivate)
            self.AddDial(_nonce, profile.Network);
        try
        {
            await writer.WriteAsync(MessageCommand.Version, CreateVersion(), cancellationToken).ConfigureAwait(false);
            var version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
            if (IsFromSelf(version))
                throw SelfConnection();

            await AnswerAsync(version, cancellationToken).ConfigureAwait(false);
            return await ReadUntilVerackAsync(version, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && self.WasRecognized(_nonce))
        {
            throw SelfConnection();
        }
        finally
        {
            self.RemoveDial(_nonce);
        }
    }

    private async Task<HandshakeResult> AnswerAsync(CancellationToken cancellationToken)
    {
        var version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        var isFromSelf = IsFromSelf(version); // Before the answer is sent, since it ends the other side's wait.
        await writer.WriteAsync(MessageCommand.Version, CreateVersion(), cancellationToken).ConfigureAwait(false);
        await AnswerAsync(version, cancellationToken).ConfigureAwait(false);
        if (isFromSelf)
            throw SelfConnection(); // After the answer: an attacker that tries a nonce learns no more than from any other node.

        return await ReadUntilVerackAsync(version, cancellationToken).ConfigureAwait(false);
    }

    private byte[] CreateVersion() => (profile.IsPrivate ? PrivateIdentity.CreateVersion(_nonce) : CreateOwnVersion()).Encode();

    /// <summary>The services to offer: not the encrypted transport where the policy excludes it, since each peer that believed it would dial twice.</summary>
    private NodeServices Services => profile.Policy == TransportPolicy.V1Only ? options.Services & ~NodeServices.P2PV2 : options.Services;

    private VersionMessage CreateOwnVersion() => new()
    {
        ProtocolVersion = options.ProtocolVersion,
        Services = Services,
        Timestamp = options.TimeProvider.GetUtcNow().ToUnixTimeSeconds(),
        Receiver = VersionAddress.FromEndPoint(remoteEndPoint),
        Sender = VersionAddress.None with { Services = Services },
        Nonce = _nonce,
        UserAgent = options.GetUserAgent?.Invoke(profile.Connection) ?? options.UserAgent,
        StartHeight = options.GetStartHeight?.Invoke(profile.Connection) ?? options.StartHeight(),
        Relay = profile.Relay,
    };

    /// <summary>Answers the peer's version message.</summary>
    private async ValueTask AnswerAsync(VersionMessage version, CancellationToken cancellationToken)
    {
        if (profile.IsPrivate)
        {
            await SendAsync(MessageCommand.Verack).ConfigureAwait(false);
            return;
        }

        // BIP155 allows sendaddrv2 for any version, but older peers may not tolerate a message that they do not know.
        var common = Math.Min(options.ProtocolVersion, version.ProtocolVersion);
        if (common >= ProtocolVersions.FirstWithWtxidRelay && options.WtxidRelay)
            await SendAsync(MessageCommand.WtxidRelay).ConfigureAwait(false);
        if (common >= ProtocolVersions.FirstWithWtxidRelay && options.AddrV2)
            await SendAsync(MessageCommand.SendAddrV2).ConfigureAwait(false);
        if (common >= ProtocolVersions.FirstWithFeatures)
        {
            foreach (var feature in options.Features)
                await SendAsync(MessageCommand.Feature, feature.Encode()).ConfigureAwait(false);
        }

        await SendAsync(MessageCommand.Verack).ConfigureAwait(false);

        ValueTask SendAsync(MessageCommand command, ReadOnlyMemory<byte> payload = default) => writer.WriteAsync(command, payload, cancellationToken);
    }

    private async Task<VersionMessage> ReadVersionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await ReadAsync("version", cancellationToken).ConfigureAwait(false);
            if (message.Command != MessageCommand.Version)
                reader.Ignore(ProtocolViolation.MessageBeforeVersion);
            else if (TryDecode(message) is { } version)
            {
                Check(version);
                return version;
            }
        }
    }

    /// <summary>Decodes a version message.</summary>
    /// <returns>Null if it is malformed. Another one may follow.</returns>
    private VersionMessage? TryDecode(in BitcoinMessage message)
    {
        try
        {
            return VersionMessage.Decode(message.Payload.Span);
        }
        catch (BitcoinProtocolException exception) when (exception.Response == ViolationResponse.Ignore)
        {
            reader.Ignore(exception);
            return null;
        }
    }

    private void Check(VersionMessage version)
    {
        var least = Math.Max(options.MinProtocolVersion, options.Chain?.MinProtocolVersion ?? 0);
        if (version.ProtocolVersion < least)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.ObsoleteVersion,
                Invariant($"The peer '{version.UserAgent}' speaks protocol version {version.ProtocolVersion}; ") +
                Invariant($"at least {least} is required."));
        }

        if (profile.IsPrivate && !version.Relay)
            throw new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.Unsuited, "The peer takes no transactions.");
        profile.OnVersion?.Invoke(version, profile.Transport);
        var required = profile.RequiredServices;
        if ((version.Services & required) != required)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MissingServices,
                $"The peer '{version.UserAgent}' offers the services 0x{version.Services:x}; 0x{required:x} are required.");
        }
    }

    /// <summary>
    /// Determines whether a version message is the node's: it comes from a dial of the node, from its listener, or from a host that echoes
    /// the bytes that it gets.
    /// </summary>
    private bool IsFromSelf(VersionMessage version) =>
        self.Recognize(version.Nonce, profile.Network) || self.WasRecognized(_nonce);

    private async Task<HandshakeResult> ReadUntilVerackAsync(VersionMessage version, CancellationToken cancellationToken)
    {
        var result = new HandshakeResult(version, Math.Min(options.ProtocolVersion, version.ProtocolVersion));
        while (true)
        {
            var message = await ReadAsync("verack", cancellationToken).ConfigureAwait(false);
            var command = message.Command;
            if (command == MessageCommand.Verack)
                return result;

            if (command == MessageCommand.Version)
                reader.Ignore(ProtocolViolation.DuplicateVersion);
            else if (command == MessageCommand.WtxidRelay)
                result = result with { WantsWtxidRelay = result.ProtocolVersion >= ProtocolVersions.FirstWithWtxidRelay };
            else if (command == MessageCommand.SendAddrV2)
                result = result with { WantsAddrV2 = true };
            else if (command == MessageCommand.Feature && result.ProtocolVersion >= ProtocolVersions.FirstWithFeatures && result.Features.Length < PeerFeature.MaxCount)
                result = result with { Features = result.Features.Add(PeerFeature.Decode(message.Payload.Span)) };
        }
    }

    private async Task<BitcoinMessage> ReadAsync(string awaited, CancellationToken cancellationToken)
    {
        if (_messagesRead++ > MaxOtherMessages + 1) // Version and verack are allowed in addition.
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MissingVerack, $"The peer sent {MaxOtherMessages} other messages before its {awaited} message.");
        }

        var message = await ReadFrameAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new EndOfStreamException($"The peer closed the connection before its {awaited} message.");
        if (message.Command == MessageCommand.Reject)
            _reject ??= RejectMessage.Describe(message.Payload.Span);
        return message;
    }

    private async ValueTask<BitcoinMessage?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BitcoinProtocolException exception) when (
            exception.Violation == ProtocolViolation.WrongMagic && _messagesRead == 1 && direction == ConnectionDirection.Inbound
            && reader.MessagesIgnored == 0 && FirstBytes.AreEncrypted(reader.Unread))
        {
            throw new ConnectFailedException(
                ConnectPhase.Handshake,
                ConnectFailureCause.UnsupportedTransport,
                "The peer began with the encrypted transport (BIP324), which is turned off here. It is expected to connect again without it.");
        }
    }

    private static BitcoinProtocolException SelfConnection() => new(
        ProtocolViolation.SelfConnection,
        "The connection leads back to this node: the version message has one of its nonces.");
}

/// <summary>The properties of one handshake that differ between connections.</summary>
/// <param name="RequiredServices">The services that the peer must offer.</param>
/// <param name="Relay">True to ask the peer to announce transactions.</param>
internal readonly record struct HandshakeProfile(NodeServices RequiredServices, bool Relay)
{
    /// <summary>The connection; null for a stream without one.</summary>
    public Connection? Connection { get; init; }

    /// <summary>The network of the connection, as <see cref="SelfDetector.GetNetwork"/> returns it.</summary>
    public AddressNetwork? Network { get; init; }

    /// <summary>The policy for the transport of the connection.</summary>
    public TransportPolicy Policy { get; init; }

    /// <summary>True to begin the encrypted transport on a connection that this side opens.</summary>
    public bool DialsV2 { get; init; }

    /// <summary>
    /// The time within which the peer must begin to answer the encrypted transport, because it is dialled again for v1 then; null for no
    /// limit.
    /// </summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>True to show the identity of private broadcasts instead of this node's, and to negotiate nothing.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>True when the user gave the connection permissions.</summary>
    public bool IsPermitted { get; init; }

    /// <summary>
    /// The callback for the peer's version message and the transport, called once its protocol version is accepted and before its services are checked. Must
    /// be quick.
    /// </summary>
    public Action<VersionMessage, PeerTransport>? OnVersion { get; init; }

    /// <summary>The transport in use, once it is known.</summary>
    public PeerTransport Transport { get; init; }
}

/// <summary>The result of a handshake.</summary>
/// <param name="Version">The peer's version message.</param>
/// <param name="ProtocolVersion">The lower one of the two protocol versions.</param>
internal readonly record struct HandshakeResult(VersionMessage Version, int ProtocolVersion)
{
    /// <summary>True when the peer sent sendaddrv2.</summary>
    public bool WantsAddrV2 { get; init; }

    /// <summary>True when the peer sent wtxidrelay.</summary>
    public bool WantsWtxidRelay { get; init; }

    /// <summary>The features that the peer announced.</summary>
    public ImmutableArray<PeerFeature> Features { get; init; } = [];
}
