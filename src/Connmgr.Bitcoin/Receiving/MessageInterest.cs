namespace Connmgr.Bitcoin;

/// <summary>
/// Determines the reader of each message, and so how much of it is kept. Once it is in use, only <see cref="SetReader"/> changes it.
/// </summary>
internal sealed class MessageInterest
{
    private const int PingCost = 8;

    /// <summary>The messages that the library reads from every peer. A ping costs more than others, since it is answered.</summary>
    private static readonly (MessageCommand Command, int Cost)[] Always =
    [
        (MessageCommand.Version, 1), (MessageCommand.Verack, 1), (MessageCommand.WtxidRelay, 1), (MessageCommand.SendAddrV2, 1),
        (MessageCommand.Ping, PingCost), (MessageCommand.Pong, 1),
    ];

    private static readonly MessagePlan Nobody = new(MessageReader.None, 0) { Cost = 1 };

    private readonly Dictionary<MessageCommand, MessagePlan> _plans = [];
    private readonly bool _isWhole;
    private readonly MessageInterest? _tapped; // The interest without the tap, which may change; null for an interest without one.
    private readonly MessageReader _others;
    private volatile Dictionary<MessageCommand, MessagePlan> _added = []; // The plans of SetReader, which replaces it as a whole.

    /// <summary>Creates an interest.</summary>
    /// <param name="handled">The commands that the user's handler reads; null for all.</param>
    public MessageInterest(IEnumerable<MessageCommand>? handled)
    {
        _others = handled is null ? MessageReader.Handler : MessageReader.None;
        foreach (var command in handled ?? [])
            _plans[command] = ForHandler(command);
        foreach (var (command, cost) in Always)
        {
            var isHandedOver = GetPlan(command).Reader == MessageReader.Handler; // Of the pongs, those that answer the user's pings.
            _plans[command] = new(MessageReader.Library, MessageLimits.Get(command).Length) { Cost = cost, IsHandedOver = isHandedOver };
        }
    }

    private MessageInterest(MessageInterest tapped) : this(tapped._isWhole)
    {
        _tapped = tapped;
    }

    private MessageInterest(bool isWhole)
    {
        _isWhole = isWhole;
        _others = MessageReader.Handler;
    }

    /// <summary>The interest in every message as a whole, whatever its length.</summary>
    public static MessageInterest Everything { get; } = new(isWhole: true);

    /// <summary>The interest in the messages of the handshake, and in the message by which a peer may explain why it closes.</summary>
    public static MessageInterest Handshake { get; } = new MessageInterest([]).Share(MessageCommand.Feature).Share(MessageCommand.Reject, kept: 256);

    /// <summary>Creates the same interest for a peer with a tap, which gets every message that a handler could get.</summary>
    public MessageInterest WithTap() => new(this);

    /// <summary>Gives a command to the library alone, so that the user's handler does not get it.</summary>
    /// <returns>The same object.</returns>
    public MessageInterest Claim(MessageCommand command)
    {
        _plans[command] = new(MessageReader.Library, MessageLimits.Get(command).Length) { Cost = 1, IsHandedOver = true };
        return this;
    }

    /// <summary>Lets the library read a command too. If the user's handler reads it, all of it is kept.</summary>
    /// <param name="command">The command.</param>
    /// <param name="kept">
    /// The number of bytes, from the start of a payload, that the library needs; null for all that have a meaning.
    /// </param>
    /// <returns>The same object.</returns>
    public MessageInterest Share(MessageCommand command, int? kept = null)
    {
        var limit = MessageLimits.Get(command).Length;
        if (GetPlan(command).Reader != MessageReader.Handler)
            _plans[command] = new(MessageReader.Library, Math.Min(kept ?? limit, limit)) { Cost = 1, IsHandedOver = true, IsPart = kept < limit };
        return this;
    }

    /// <summary>
    /// Sets the reader that a command has in addition, from the next message on that begins to arrive. May be called while the interest is
    /// in use; callers must not overlap.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="reader">The reader; none to remove the last one.</param>
    public void SetReader(MessageCommand command, MessageReader reader)
    {
        var added = new Dictionary<MessageCommand, MessagePlan>(_added);
        added.Remove(command);
        var plan = GetOwnPlan(command);
        if (reader != MessageReader.None && (plan.IsPart || !plan.IsHandedOver))
        {
            added[command] = plan is { Reader: MessageReader.Library, IsPart: false } ? plan with { IsHandedOver = true }
                : reader == MessageReader.Handler ? ForHandler(command)
                : new(MessageReader.Library, MessageLimits.Get(command).Length) { Cost = 1, IsHandedOver = true };
        }

        _added = added;
    }

    /// <summary>Gets the plan of a message. A message with an empty command, which stands for malformed bytes, has no reader.</summary>
    public MessagePlan GetPlan(in FrameHeader header)
    {
        var plan = header.Command.IsEmpty ? Nobody : _tapped is not null ? GetTappedPlan(_tapped.GetPlan(header.Command), header.Command) : GetPlan(header.Command);
        return plan with { Kept = Math.Min(plan.Kept, header.PayloadLength), IsPart = plan.IsPart && plan.Kept < header.PayloadLength };
    }

    /// <summary>
    /// Gets the plan of a message that may be the answer to a request: all of it is kept, and it has the pace of the request.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="plan">The plan without the request.</param>
    public static MessagePlan GetAwaitedPlan(in FrameHeader header, in MessagePlan plan) => plan.Reader == MessageReader.Handler ? plan : plan with
    {
        Reader = plan.Reader == MessageReader.None ? MessageReader.Handler : plan.Reader,
        Kept = Math.Min(MessageLimits.Get(header.Command).Length, header.PayloadLength),
        Cost = 0,
        CostIfUnawaited = plan.Cost,
    };

    /// <summary>
    /// Determines whether a message that has arrived is handed over, by <see cref="MessageLimit.Accepts"/> if it has a reader.
    /// </summary>
    public bool Accepts(in FrameHeader header, in MessagePlan plan, ReadOnlySpan<byte> kept) =>
        _isWhole || plan.Reader == MessageReader.None || MessageLimits.Get(header.Command).Accepts(header, kept);

    private MessagePlan GetPlan(MessageCommand command) => _added.TryGetValue(command, out var plan) ? plan : GetOwnPlan(command);

    private MessagePlan GetOwnPlan(MessageCommand command) =>
        _plans.TryGetValue(command, out var plan) ? plan : _others == MessageReader.Handler ? ForHandler(command) : Nobody;

    /// <summary>Gets a plan that keeps all of the message for the tap. The library's own messages stay as they are.</summary>
    private MessagePlan GetTappedPlan(MessagePlan plan, MessageCommand command)
    {
        var tapped = Array.Exists(Always, row => row.Command == command) ? plan : ForHandler(command) with { IsHandedOver = plan.IsHandedOver };
        return tapped with { IsTapped = true };
    }

    private MessagePlan ForHandler(MessageCommand command) =>
        new(MessageReader.Handler, _isWhole ? int.MaxValue : MessageLimits.Get(command).Length) { IsHandedOver = true };
}
