namespace Connmgr.Rules;

/// <summary>The purpose of a dial.</summary>
/// <param name="Profile">The profile of the connection.</param>
/// <param name="Group">The index of the group; -1 for a dial that is not automatic.</param>
/// <param name="Fits">The groups whose requirements it is assumed to meet.</param>
/// <param name="Traits">The traits that the peer is assumed to have; null for unknown ones.</param>
internal readonly record struct DialAim(string Profile, int Group, uint Fits, UInt128? Traits)
{
    /// <summary>That of a dial for no group.</summary>
    public static DialAim None { get; } = new(string.Empty, Group: -1, Fits: 0, Traits: null);

    /// <summary>Gets that of a reconnect, from the connection before its end.</summary>
    public static DialAim FromConnection(Link link) => new(link.Profile, link.GroupIndex, link.Fits, link.KnowsTraits ? link.Traits : null);
}
