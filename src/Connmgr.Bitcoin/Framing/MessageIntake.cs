namespace Connmgr.Bitcoin;

/// <summary>
/// The knowledge of a reader about its peer's messages, in every transport: their readers, their pace, and which were ignored. Used by the
/// reader alone, except the counts, which any thread may read.
/// </summary>
internal sealed class MessageIntake
{
    private long _ignored; // The messages dropped because they break a rule.
    private ProtocolViolation _lastIgnored; // Written before _ignored counts it.

    /// <summary>The interest, which decides how much of each message is kept.</summary>
    public MessageInterest Interest { get; set; } = MessageInterest.Everything;

    /// <summary>The callback that determines whether a request waits for a command; null if there are no requests. Must be quick.</summary>
    public Func<MessageCommand, bool>? IsAwaited { get; set; }

    /// <summary>The pacer of messages that have no other pace; null to read them as fast as they arrive.</summary>
    public ReadPacer? Pacer { get; set; }

    /// <summary>The plan of the last message.</summary>
    public MessagePlan LastPlan { get; private set; }

    /// <summary>The number of ignored messages. Thread-safe.</summary>
    public long Ignored => Volatile.Read(ref _ignored);

    /// <summary>The rule that the last ignored message broke; null if none was ignored.</summary>
    public ProtocolViolation? LastIgnored => Ignored == 0 ? null : _lastIgnored;

    /// <summary>Begins a message: makes its plan, and charges it.</summary>
    public void Begin(in FrameHeader header)
    {
        LastPlan = Interest.GetPlan(header);
        if (IsAwaited?.Invoke(header.Command) == true)
            LastPlan = MessageInterest.GetAwaitedPlan(header, LastPlan);
        Pacer?.Begin(header, LastPlan);
    }

    /// <summary>Ends a message that has arrived.</summary>
    /// <param name="header">The header.</param>
    /// <param name="kept">The part of the payload that was kept.</param>
    /// <param name="isIntact">False if its checksum is wrong.</param>
    /// <returns>Null if it is ignored.</returns>
    /// <exception cref="BitcoinProtocolException">The message breaks a rule that ends the connection.</exception>
    public BitcoinMessage? End(in FrameHeader header, ReadOnlyMemory<byte> kept, bool isIntact)
    {
        ProtocolViolation violation;
        if (header.Command.IsEmpty)
            violation = ProtocolViolation.BadCommand;
        else if (!isIntact)
            violation = ProtocolViolation.BadChecksum;
        else if (!Interest.Accepts(header, LastPlan, kept.Span))
            violation = ProtocolViolation.BadPayload;
        else
            return new(header.Command, kept) { IsPart = LastPlan.IsPart };

        Ignore(violation);
        Pacer?.PassOver(header, LastPlan);
        return null;
    }

    /// <summary>Counts a message that is dropped.</summary>
    public void Ignore(ProtocolViolation violation)
    {
        _lastIgnored = violation;
        Volatile.Write(ref _ignored, _ignored + 1);
    }
}
