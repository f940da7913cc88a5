namespace Connmgr.Bitcoin;

/// <summary>
/// What follows from broken rules of the protocol: the same as in Bitcoin Core, which ignores most odd messages, ends a connection that is of
/// no use, and discourages a host only for what no honest program does. Pure.
/// </summary>
public static class ProtocolMisbehavior
{
    /// <summary>Gets what follows from a broken rule.</summary>
    /// <param name="violation">The broken rule.</param>
    /// <returns>
    /// What Bitcoin Core does in that case. A member that Bitcoin Core does not have, such as
    /// <see cref="ProtocolViolation.MissingVerack"/>, closes.
    /// </returns>
    public static ViolationResponse ResponseTo(ProtocolViolation violation) => violation switch
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
    /// Gets what a violation counts for in the score of the peer's host, as <see cref="PeerNetworkOptions.MisbehaviorOf"/> does by default.
    /// </summary>
    /// <param name="violation">The broken rule.</param>
    /// <returns>
    /// The points of <see cref="Misbehavior.InvalidData"/>, which discourage at once, under the name of the violation, when
    /// <see cref="ResponseTo"/> gives <see cref="ViolationResponse.Discourage"/>; null otherwise.
    /// </returns>
    public static Misbehavior? Of(ProtocolViolation violation) =>
        ResponseTo(violation) == ViolationResponse.Discourage ? Misbehavior.InvalidData with { Name = violation.ToString() } : null;
}
