namespace Connmgr.Bitcoin;

/// <summary>What broken rules of the protocol count for in the score of a host, as far as nothing else is said.</summary>
public static class ProtocolMisbehavior
{
    /// <summary>
    /// The points for a violation. None for what an honest peer does as well: another chain, an old version, services that it does not
    /// have, a line that breaks or is slow, ourselves. <see cref="Misbehavior.GarbledMessage"/>, which decays, for what a bad line or an
    /// odd program does now and then. <see cref="Misbehavior.ProtocolViolation"/> for all others.
    /// </summary>
    /// <param name="violation">The broken rule.</param>
    /// <returns>The points, under the name of the violation; null for none.</returns>
    public static Misbehavior? Of(ProtocolViolation violation) => violation switch
    {
        ProtocolViolation.WrongMagic or ProtocolViolation.Truncated or ProtocolViolation.ObsoleteVersion or ProtocolViolation.MissingServices
            or ProtocolViolation.SelfConnection or ProtocolViolation.PongTimeout or ProtocolViolation.SendTimeout
            or ProtocolViolation.SendBacklog => null,
        ProtocolViolation.BadChecksum or ProtocolViolation.BadCommand or ProtocolViolation.MessageBeforeVersion
            or ProtocolViolation.MissingVerack => Misbehavior.GarbledMessage with { Name = violation.ToString() },
        _ => Misbehavior.ProtocolViolation with { Name = violation.ToString() },
    };
}
