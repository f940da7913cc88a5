using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// One version handshake. Each side sends version, then what it negotiates (wtxidrelay, sendaddrv2), then verack; the side that was
/// dialled speaks only once it has heard the other's version.
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
    /// The messages of other kinds let pass between version and verack. They are ignored, as by Bitcoin Core, since negotiations yet to be
    /// invented have their place there.
    /// </summary>
    private const int MaxOtherMessages = 32;

    private readonly ulong _nonce = nonces.Next();

    /// <summary>Runs the handshake.</summary>
    /// <returns>What was learnt.</returns>
    public Task<HandshakeResult> RunAsync(CancellationToken cancellationToken) =>
        direction == ConnectionDirection.Outbound ? DialAsync(cancellationToken) : AnswerAsync(cancellationToken);

    private async Task<HandshakeResult> DialAsync(CancellationToken cancellationToken)
    {
        self.Begin(_nonce);
        try
        {
            await writer.WriteAsync(NewBatch().Add(MessageCommand.Version, OurVersion()), cancellationToken).ConfigureAwait(false);
            var version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
            await writer.WriteAsync(AddAnswer(NewBatch(), version), cancellationToken).ConfigureAwait(false);
            return await ReadUntilVerackAsync(version, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && self.HasMetItself(_nonce))
        {
            throw MetItself();
        }
        finally
        {
            self.End(_nonce);
        }
    }

    private async Task<HandshakeResult> AnswerAsync(CancellationToken cancellationToken)
    {
        var version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        var answer = AddAnswer(NewBatch().Add(MessageCommand.Version, OurVersion()), version);
        await writer.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        return await ReadUntilVerackAsync(version, cancellationToken).ConfigureAwait(false);
    }

    private FrameBatch NewBatch() => new(options.Chain!);

    private byte[] OurVersion() => new VersionMessage
    {
        ProtocolVersion = options.ProtocolVersion,
        Services = options.Services,
        Timestamp = options.TimeProvider.GetUtcNow().ToUnixTimeSeconds(),
        Receiver = VersionAddress.From(remoteEndPoint),
        Sender = VersionAddress.None with { Services = options.Services },
        Nonce = _nonce,
        UserAgent = options.UserAgent,
        StartHeight = options.StartHeight(),
        Relay = profile.Relay,
    }.Encode();

    private FrameBatch AddAnswer(FrameBatch batch, VersionMessage version)
    {
        // BIP155 allows sendaddrv2 towards any version; older peers may not bear a message they do not know.
        var negotiates = Math.Min(options.ProtocolVersion, version.ProtocolVersion) >= ProtocolVersions.Current;
        if (negotiates && options.WtxidRelay)
            batch.Add(MessageCommand.WtxidRelay);

        if (negotiates && options.AddrV2)
            batch.Add(MessageCommand.SendAddrV2);

        return batch.Add(MessageCommand.Verack);
    }

    private async Task<VersionMessage> ReadVersionAsync(CancellationToken cancellationToken)
    {
        var message = await ReadAsync("version", cancellationToken).ConfigureAwait(false);
        if (message.Command != MessageCommand.Version)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MessageBeforeVersion, $"The peer sent '{message.Command}' before its version.");
        }

        var version = VersionMessage.Decode(message.Payload.Span);
        Check(version);
        return version;
    }

    private void Check(VersionMessage version)
    {
        if (direction == ConnectionDirection.Inbound && self.IsOurs(version.Nonce))
            throw MetItself();

        if (version.ProtocolVersion < options.MinimumProtocolVersion)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.ObsoleteVersion,
                $"The peer '{version.UserAgent}' speaks protocol version {version.ProtocolVersion}; " +
                $"at least {options.MinimumProtocolVersion} is required.");
        }

        profile.OnVersion?.Invoke(version);
        var required = profile.RequiredServices;
        if ((version.Services & required) != required)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MissingServices,
                $"The peer '{version.UserAgent}' offers the services 0x{version.Services:x}; 0x{required:x} are required.");
        }
    }

    private async Task<HandshakeResult> ReadUntilVerackAsync(VersionMessage version, CancellationToken cancellationToken)
    {
        var result = new HandshakeResult(version, Math.Min(options.ProtocolVersion, version.ProtocolVersion));
        for (var others = 0; others < MaxOtherMessages; others++)
        {
            var command = (await ReadAsync("verack", cancellationToken).ConfigureAwait(false)).Command;
            if (command == MessageCommand.Verack)
                return result;

            if (command == MessageCommand.Version)
                throw new BitcoinProtocolException(ProtocolViolation.DuplicateVersion, "The peer sent a second version message.");

            if (command == MessageCommand.WtxidRelay)
                result = result with { WantsWtxidRelay = result.ProtocolVersion >= ProtocolVersions.Current };
            else if (command == MessageCommand.SendAddrV2)
                result = result with { WantsAddrV2 = true };
        }

        throw new BitcoinProtocolException(
            ProtocolViolation.MissingVerack,
            $"The peer sent {MaxOtherMessages} messages after its version, and none of them was verack.");
    }

    private async Task<BitcoinMessage> ReadAsync(string awaited, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
        ?? throw new EndOfStreamException($"The peer closed the connection before its {awaited} message.");

    private static BitcoinProtocolException MetItself() => new(
        ProtocolViolation.SelfConnection,
        "The connection leads back to ourselves: the version message carries a nonce of ours.");
}
