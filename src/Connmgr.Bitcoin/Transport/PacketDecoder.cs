namespace Connmgr.Bitcoin;

/// <summary>
/// Finds the messages of the v2 transport (BIP324): after the peer's garbage and its terminator come packets, of which the first that is no
/// decoy is the version packet, and all others hold messages. A packet is kept until it is whole, because its tag authenticates all of it.
/// </summary>
internal sealed class PacketDecoder : FrameDecoder
{
    /// <summary>The most bytes of the version packet's contents that are kept.</summary>
    public const int MaxVersionContents = 256;

    private readonly PacketOpener _opener;
    private readonly MessageIntake _intake;
    private readonly int _maxPayload;
    private byte[]? _terminator; // The end of the peer's garbage; null once it has arrived.
    private byte[]? _garbage; // The peer's garbage, from its terminator to the first packet, which authenticates it.
    private int? _length; // The length of the contents that are arriving; null until it has arrived.
    private bool _hasVersion; // True once the version packet has arrived.
    private int _early; // The bytes of decoys before it.

    /// <summary>Creates a decoder.</summary>
    /// <param name="keys">The keys, whose opener it takes.</param>
    /// <param name="intake">The intake of the reader.</param>
    /// <param name="maxPayload">The length of the longest payload, in bytes.</param>
    public PacketDecoder(TransportKeys keys, MessageIntake intake, int maxPayload)
    {
        (_opener, _intake, _maxPayload) = (keys.Opener, intake, maxPayload);
        _terminator = keys.ReceivedTerminator;
    }

    /// <summary>
    /// The contents of the peer's version packet, at most the first <see cref="MaxVersionContents"/> bytes; empty before it has arrived.
    /// They have no meaning yet.
    /// </summary>
    public ReadOnlyMemory<byte> VersionContents { get; private set; }

    private int MaxContents => ShortIds.LongestPrefix + _maxPayload;

    /// <inheritdoc/>
    public override BitcoinMessage? TryTake(ReceiveBuffer buffer)
    {
        if (_terminator is not null)
        {
            SkipGarbage(buffer);
            return null;
        }

        if (_length is null && buffer.Count >= PacketFormat.LengthSize)
            _length = ReadLength(buffer.Unread);
        if (_length is not { } length || buffer.Count < length + PacketFormat.Overhead)
            return null;

        var packet = buffer.Unread[..(length + PacketFormat.Overhead)];
        if (!_opener.TryOpen(packet, _garbage, out var isDecoy))
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.BadPacket, Invariant($"A packet of {length} bytes is not authentic: it was damaged or forged on the way."));
        }

        (_garbage, _length) = (null, null);
        buffer.HandOut(packet.Length);
        if (isDecoy)
            PassOverDecoy(length);
        else if (_hasVersion)
            return Read(buffer, length);
        else
            TakeVersion(packet.Slice(PacketFormat.ContentsOffset, length));
        return null;
    }

    /// <inheritdoc/>
    public override (int Buffer, int Missing) GetNeed(int arrived)
    {
        var need = _terminator is not null ? PacketFormat.MaxGarbage + PacketFormat.TerminatorSize : (_length ?? 0) + PacketFormat.Overhead;
        return (need, need - arrived);
    }

    /// <inheritdoc/>
    public override BitcoinProtocolException CreateTruncated(int arrived) => new(
        ProtocolViolation.Truncated,
        _terminator is not null ? Invariant($"The stream ended after {arrived} bytes of garbage, before their terminator.")
        : _length is { } length ? Invariant($"The stream ended after {arrived} of {length + PacketFormat.Overhead} bytes of a packet.")
        : Invariant($"The stream ended after {arrived} of {PacketFormat.LengthSize} bytes of a packet's length."));

    /// <inheritdoc/>
    public override void Dispose() => _opener.Dispose();

    private void SkipGarbage(ReceiveBuffer buffer)
    {
        const int Most = PacketFormat.MaxGarbage + PacketFormat.TerminatorSize;
        var index = buffer.Unread[..Math.Min(Most, buffer.Count)].IndexOf(_terminator);
        if (index >= 0)
        {
            _garbage = buffer.Unread[..index].ToArray();
            _terminator = null;
            buffer.HandOut(index + PacketFormat.TerminatorSize);
        }
        else if (buffer.Count >= Most)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MissingTerminator, Invariant($"The peer sent {Most} bytes of garbage without the terminator (BIP324)."));
        }
    }

    private int ReadLength(ReadOnlySpan<byte> bytes)
    {
        var length = _opener.OpenLength(bytes);
        return length <= MaxContents
            ? length
            : throw new BitcoinProtocolException(
                ProtocolViolation.MessageTooLarge, Invariant($"A packet claims {length} bytes; {MaxContents} are allowed."));
    }

    private void PassOverDecoy(int length)
    {
        _intake.Pacer?.Charge(1, length);
        if (_hasVersion)
            return;

        _early += length + PacketFormat.Overhead;
        if (_early > MaxContents + PacketFormat.Overhead)
            throw new BitcoinProtocolException(ProtocolViolation.TooManyDecoys, Invariant($"The peer sent {_early} bytes of decoys before its version packet."));
    }

    private void TakeVersion(ReadOnlySpan<byte> contents)
    {
        VersionContents = contents[..Math.Min(contents.Length, MaxVersionContents)].ToArray();
        _hasVersion = true;
    }

    private BitcoinMessage? Read(ReceiveBuffer buffer, int length)
    {
        var command = ShortIds.Read(buffer.Unread.Slice(PacketFormat.ContentsOffset, length), out var prefix);
        if (length - prefix > _maxPayload)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MessageTooLarge, Invariant($"A message '{command}' has {length - prefix} bytes; {_maxPayload} are allowed."));
        }

        var header = new FrameHeader { Magic = 0, Command = command, PayloadLength = length - prefix, Checksum = 0 };
        _intake.Begin(header);
        var plan = _intake.LastPlan;
        _intake.Pacer?.Charge(plan, header.PayloadLength - plan.Kept);
        return _intake.End(header, buffer.GetMemory(PacketFormat.ContentsOffset + prefix, plan.Kept), isIntact: true);
    }
}
