namespace Connmgr.Bitcoin;

/// <summary>
/// Maps broken rules of the protocol to responses: the same as in Bitcoin Core, which ignores most odd messages, closes useless
/// connections, and discourages a host only for messages that no honest program sends. Pure.
/// </summary>
public static class MisbehaviorPolicy
{
    /// <summary>Gets the response to a broken rule.</summary>
    /// <param name="violation">The broken rule.</param>
    /// <returns>
    /// Bitcoin Core's response. For a rule that Bitcoin Core does not have, such as <see cref="ProtocolViolation.MissingVerack"/>, the
    /// connection closes.
    /// </returns>
    public static ViolationResponse GetResponse(ProtocolViolation violation) => violation switch
    {
        ProtocolViolation.BadCommand => ViolationResponse.Ignore,
        ProtocolViolation.BadChecksum => ViolationResponse.Ignore,
        ProtocolViolation.MessageBeforeVersion => ViolationResponse.Ignore,
        ProtocolViolation.BadVersionMessage => ViolationResponse.Ignore,
        ProtocolViolation.UserAgentTooLong => ViolationResponse.Ignore,
        ProtocolViolation.DuplicateVersion => ViolationResponse.Ignore,
        ProtocolViolation.DuplicateVerack => ViolationResponse.Ignore,
        ProtocolViolation.BadPayload => ViolationResponse.Ignore,
        ProtocolViolation.AddressTooLong => ViolationResponse.Ignore,
        ProtocolViolation.WrongAddressLength => ViolationResponse.Ignore,
        ProtocolViolation.TooManyAddresses => ViolationResponse.Discourage,
        ProtocolViolation.TooManyEntries => ViolationResponse.Discourage,
        _ => ViolationResponse.Close,
    };

    /// <summary>
    /// Gets the weight of a violation in the score of the peer's host. This is the default of
    /// <see cref="PeerNetworkOptions.GetMisbehavior"/>.
    /// </summary>
    /// <param name="violation">The broken rule.</param>
    /// <returns>
    /// The points of <see cref="Misbehavior.InvalidData"/>, which discourage at once, with the name of the violation, if
    /// <see cref="GetResponse"/> returns <see cref="ViolationResponse.Discourage"/>; otherwise null.
    /// </returns>
    public static Misbehavior? GetMisbehavior(ProtocolViolation violation) =>
        GetResponse(violation) == ViolationResponse.Discourage ? new Misbehavior(violation.ToString(), Misbehavior.InvalidData.Persistent, Misbehavior.InvalidData.Transient) : null;
}
