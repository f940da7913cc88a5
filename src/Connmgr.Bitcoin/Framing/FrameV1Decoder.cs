namespace Connmgr.Bitcoin;

/// <summary>Finds the messages of the v1 transport. The part of a payload that has no reader is hashed and discarded as it arrives.</summary>
internal sealed class FrameV1Decoder(FrameFormat format, MessageIntake intake) : FrameDecoder
{
    /// <summary>The least room for the part of a payload that is not kept, after the part that is kept.</summary>
    private const int DiscardSize = 1024;

    private readonly PayloadDiscarder _discarder = new();
    private FrameHeader? _header; // The header of the message that is arriving; null until it has arrived.

    /// <inheritdoc/>
    public override BitcoinMessage? TryTake(ReceiveBuffer buffer)
    {
        if (_header is null && buffer.Count >= FrameHeader.Size)
        {
            var read = FrameHeader.ReadAnyCommand(buffer.Unread, format);
            intake.Begin(read);
            _header = read;
        }
        else if (_header is null)
        {
            FrameHeader.RequireMagic(buffer.Unread, format.Magic);
        }

        if (_header is not { } header)
            return null;

        var plan = intake.LastPlan;
        var count = buffer.Count - FrameHeader.Size;
        var isWhole = !_discarder.IsActive && count >= header.PayloadLength;
        if (!isWhole && (plan.Kept == header.PayloadLength || count < plan.Kept || !Discard(buffer, header)))
            return null;

        if (isWhole)
            intake.Pacer?.Charge(plan, header.PayloadLength - plan.Kept);
        var isIntact = isWhole
            ? header.Matches(buffer.Unread.Slice(FrameHeader.Size, header.PayloadLength), format)
            : _discarder.Finish() == header.Checksum || format.Checksum is not null; // Only Bitcoin's checksum is computed in parts.
        _header = null;
        buffer.HandOut(FrameHeader.Size + (isWhole ? header.PayloadLength : plan.Kept));
        return intake.End(header, buffer.GetMemory(FrameHeader.Size, plan.Kept), isIntact);
    }

    /// <inheritdoc/>
    public override (int Buffer, int Missing) GetNeed(int arrived)
    {
        if (_header is not { } header)
            return (FrameHeader.Size, FrameHeader.Size - arrived);

        var kept = FrameHeader.Size + intake.LastPlan.Kept;
        var tail = _discarder.IsActive ? _discarder.Left : header.PayloadLength - intake.LastPlan.Kept;
        return (kept + Math.Min(tail, Math.Max(FrameReader.InitialBufferSize - kept, DiscardSize)), kept + tail - arrived);
    }

    /// <inheritdoc/>
    public override BitcoinProtocolException CreateTruncated(int arrived) => new(
        ProtocolViolation.Truncated,
        _header is { } header
            ? Invariant($"The stream ended after {header.PayloadLength - GetNeed(arrived).Missing} of {header.PayloadLength} bytes of a message '{header.Command}'.")
            : Invariant($"The stream ended after {arrived} of {FrameHeader.Size} bytes of a message's header."));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _header = null;
        _discarder.Dispose();
    }

    /// <summary>Takes the arrived bytes of the part that is not kept, and closes the gap.</summary>
    /// <returns>True if the part is complete.</returns>
    private bool Discard(ReceiveBuffer buffer, in FrameHeader header)
    {
        var plan = intake.LastPlan;
        if (!_discarder.IsActive)
            _discarder.Begin(buffer.Unread.Slice(FrameHeader.Size, plan.Kept), header.PayloadLength - plan.Kept);

        var offset = FrameHeader.Size + plan.Kept;
        var taken = _discarder.Take(buffer.Unread[offset..]);
        intake.Pacer?.Charge(plan, taken);
        buffer.Remove(offset, taken);
        return _discarder.Left == 0;
    }
}
