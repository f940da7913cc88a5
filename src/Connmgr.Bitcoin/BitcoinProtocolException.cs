namespace Connmgr.Bitcoin;

/// <summary>
/// A peer broke the rules of the Bitcoin protocol, or did not keep up with it. The connection ends with this as its reason, unless
/// <see cref="ProtocolMisbehavior.ResponseTo"/> ignores it. An IOException, as everything is that a peer alone can cause.
/// </summary>
public sealed class BitcoinProtocolException : DisconnectedException
{
    /// <summary>Makes an exception for a violation.</summary>
    /// <param name="violation">The rule that was broken.</param>
    /// <param name="message">
    /// What happened, with the values that a reader of a log needs. Bytes of the peer must be made printable first.
    /// </param>
    public BitcoinProtocolException(ProtocolViolation violation, string message)
        : base(GetCause(violation), message) => Violation = violation;

    /// <summary>The rule that was broken.</summary>
    public ProtocolViolation Violation { get; }

    /// <summary>What follows from it.</summary>
    internal ViolationResponse Response => ProtocolMisbehavior.ResponseTo(Violation);

    private static DisconnectCause GetCause(ProtocolViolation violation) => violation switch
    {
        ProtocolViolation.Truncated => DisconnectCause.PeerClosed,
        ProtocolViolation.PongTimeout => DisconnectCause.PingTimeout,
        ProtocolViolation.SendTimeout or ProtocolViolation.SendBacklog => DisconnectCause.SendTimeout,
        _ => DisconnectCause.ProtocolViolation,
    };
}
