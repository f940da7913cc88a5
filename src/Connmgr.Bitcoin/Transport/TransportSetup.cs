using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// Sets up the transport of one connection, before its first message: for v2, each side sends its public key and garbage, then the
/// terminator of its garbage, decoys if it wants, and the version packet. Nothing waits for the other side's version packet.
/// </summary>
internal sealed class TransportSetup(BitcoinPeerOptions options, FrameReader reader, FrameWriter writer)
{
    /// <summary>The least bytes sent after which a peer that sends nothing is taken for one of v1: the header of v1, as in Bitcoin Core.</summary>
    private const int LeastSent = FrameHeader.Size;

    private const int LongestDecoy = 1024;

    private ReadOnlySpan<byte> Magic => options.Chain!.Magic.AsSpan();

    /// <summary>Begins the encrypted transport on a connection that this side opened.</summary>
    /// <param name="exchange">The key exchange.</param>
    /// <param name="patience">The time within which the peer must begin to answer; null for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BitcoinProtocolException">The peer sends back what it gets: <see cref="ProtocolViolation.SelfConnection"/>.</exception>
    /// <exception cref="ConnectFailedException">
    /// The connection or the patience ended before the peer sent anything, or the peer began with the version message of v1: cause
    /// <see cref="ConnectFailureCause.UnsupportedTransport"/>.
    /// </exception>
    public async Task<AgreedTransport> DialAsync(IKeyExchange exchange, TimeSpan? patience, CancellationToken cancellationToken)
    {
        using var agreement = new KeyAgreement(exchange, isInitiator: true);
        using var silence = new CancellationTokenSource(patience ?? Timeout.InfiniteTimeSpan, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            await writer.WriteRawAsync(agreement.FirstFlight, either.Token).ConfigureAwait(false);
            await reader.FillAsync(PacketFormat.KeySize, either.Token).ConfigureAwait(false);
            await FillKeyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (reader.BytesReceived == 0 && writer.BytesSent >= LeastSent)
        {
            throw CreateUnsupported("The peer ended the connection before it answered", exception);
        }
        catch (OperationCanceledException exception) when (reader.BytesReceived == 0 && !cancellationToken.IsCancellationRequested)
        {
            throw CreateUnsupported(Invariant($"The peer sent nothing within {patience?.TotalSeconds} s"), exception);
        }

        // Some nodes of v1 speak first. Bitcoin Core takes their message for a key, and waits until the handshake times out.
        if (TransportDetector.Detect(reader.Unread, Magic) is FirstTransport.V1 or FirstTransport.OtherChain)
            throw CreateUnsupported("The peer began with the v1 transport", exception: null);

        // With its own key this side would wait for a terminator that never comes.
        if (agreement.IsOurs(reader.Unread[..PacketFormat.KeySize]))
            throw new BitcoinProtocolException(ProtocolViolation.SelfConnection, "The connection leads back to this node: its own key comes back (BIP324).");
        return await FinishAsync(agreement, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers on a connection that the peer opened, in the transport that it has chosen.</summary>
    /// <param name="exchange">The key exchange; null to speak v1 only.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BitcoinProtocolException">The peer is on another chain.</exception>
    /// <exception cref="ConnectFailedException">The policy excludes the peer's transport.</exception>
    public async Task<AgreedTransport> AnswerAsync(IKeyExchange? exchange, TransportPolicy policy, CancellationToken cancellationToken)
    {
        if (exchange is null)
            return AgreedTransport.V1;

        if (await DetectAsync(cancellationToken).ConfigureAwait(false) != FirstTransport.V2)
        {
            return policy != TransportPolicy.V2Only ? AgreedTransport.V1 : throw new ConnectFailedException(
                ConnectPhase.Handshake,
                ConnectFailureCause.UnsupportedTransport,
                "The peer began with the v1 transport; only the encrypted one (BIP324) is allowed here.");
        }

        using var agreement = new KeyAgreement(exchange, isInitiator: false);
        await writer.WriteRawAsync(agreement.FirstFlight, cancellationToken).ConfigureAwait(false);
        await FillKeyAsync(cancellationToken).ConfigureAwait(false);
        RequireKey();
        return await FinishAsync(agreement, cancellationToken).ConfigureAwait(false);
    }

    private static ConnectFailedException CreateUnsupported(string what, Exception? exception) => new(
        ConnectPhase.Handshake,
        ConnectFailureCause.UnsupportedTransport,
        $"{what}: it probably does not speak the encrypted transport (BIP324).",
        exception);

    private async Task<FirstTransport> DetectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var detected = TransportDetector.Detect(reader.Unread, Magic);
            if (detected == FirstTransport.Undecided && await reader.FillAsync(TransportDetector.Size, cancellationToken).ConfigureAwait(false))
                continue;

            RequireKey();
            return detected;
        }
    }

    /// <summary>Ends a peer of another chain, or of another protocol, whose bytes would pass for a key.</summary>
    private void RequireKey()
    {
        var first = reader.Unread[..Math.Min(reader.Unread.Length, TransportDetector.Size)];
        if (first.Length == TransportDetector.Size && TransportDetector.Detect(first, Magic) != FirstTransport.V1 && !FirstBytes.AreEncrypted(first))
            FrameHeader.RequireMagic(first, FrameHeader.GetMagic(options.Chain!));
    }

    private async Task FillKeyAsync(CancellationToken cancellationToken)
    {
        while (reader.Unread.Length < PacketFormat.KeySize)
        {
            if (!await reader.FillAsync(PacketFormat.KeySize, cancellationToken).ConfigureAwait(false))
            {
                throw new EndOfStreamException(
                    Invariant($"The peer closed the connection after {reader.Unread.Length} of {PacketFormat.KeySize} bytes of its key (BIP324)."));
            }
        }
    }

    private async Task<AgreedTransport> FinishAsync(KeyAgreement agreement, CancellationToken cancellationToken)
    {
        var keys = agreement.Agree(reader.Unread[..PacketFormat.KeySize], Magic);
        try
        {
            var decoder = reader.Decrypt(keys, PacketFormat.KeySize);
            await writer.WriteRawAsync(CreateGreeting(keys, agreement.Garbage), cancellationToken).ConfigureAwait(false);
            writer.Encrypt(keys.Sealer);
            return new(PeerTransport.V2, keys.SessionId, decoder);
        }
        catch
        {
            keys.Sealer.Dispose();
            throw;
        }
    }

    /// <summary>Creates the bytes after the garbage: its terminator, decoys if they are wanted, and the version packet.</summary>
    private byte[] CreateGreeting(TransportKeys keys, ReadOnlySpan<byte> garbage)
    {
        Span<int> decoys = stackalloc int[options.TransportDecoys];
        var length = PacketFormat.TerminatorSize + PacketFormat.Overhead;
        foreach (ref var decoy in decoys)
        {
            decoy = PacketFormat.Overhead + RandomNumberGenerator.GetInt32(LongestDecoy + 1);
            length += decoy;
        }

        var greeting = new byte[length];
        keys.SentTerminator.CopyTo(greeting, 0);
        var rest = greeting.AsSpan(PacketFormat.TerminatorSize);
        var authenticated = garbage; // By the first packet, whether it is a decoy or not.
        foreach (var decoy in decoys)
        {
            keys.Sealer.Seal(rest[..decoy], isDecoy: true, authenticated);
            authenticated = default;
            rest = rest[decoy..];
        }

        keys.Sealer.Seal(rest, isDecoy: false, authenticated);
        return greeting;
    }
}

/// <summary>The transport of a connection.</summary>
/// <param name="Transport">The transport.</param>
/// <param name="SessionId">The id of the session; null in v1.</param>
/// <param name="Decoder">The decoder, which gets the peer's version packet; null in v1.</param>
internal sealed record AgreedTransport(PeerTransport Transport, byte[]? SessionId, PacketDecoder? Decoder)
{
    /// <summary>The first transport.</summary>
    public static AgreedTransport V1 { get; } = new(PeerTransport.V1, null, null);
}
