namespace Connmgr.Bitcoin;

/// <summary>
/// The exception for a peer that broke a rule of the Bitcoin protocol, or did not keep up with it. It is the reason with which the
/// connection ends, unless <see cref="MisbehaviorPolicy.GetResponse"/> ignores it. It is an <see cref="IOException"/>, as are all
/// exceptions that a peer alone can cause.
/// </summary>
public sealed class BitcoinProtocolException : DisconnectedException
{
    /// <summary>Creates an exception for a violation.</summary>
    /// <param name="violation">The rule that was broken.</param>
    /// <param name="message">
    /// The description, with the values that the reader of a log needs. Make bytes of the peer printable first.
    /// </param>
    public BitcoinProtocolException(ProtocolViolation violation, string message)
        : base(GetCause(violation), message) => Violation = violation;

    /// <summary>The rule that was broken.</summary>
    public ProtocolViolation Violation { get; }

    /// <summary>The response to the violation.</summary>
    internal ViolationResponse Response => MisbehaviorPolicy.GetResponse(Violation);

    private static DisconnectCause GetCause(ProtocolViolation violation) => violation switch
    {
        ProtocolViolation.Truncated => DisconnectCause.PeerClosed,
        ProtocolViolation.PongTimeout => DisconnectCause.PingTimeout,
        ProtocolViolation.SendTimeout or ProtocolViolation.SendBacklog => DisconnectCause.SendTimeout,
        _ => DisconnectCause.ProtocolViolation,
    };
}
