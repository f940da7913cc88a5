using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// A group of automatic outbound connections: their number, and the requirements that each of them meets
/// (<see cref="ConnectionManagerOptions.OutboundGroups"/>). Immutable.
/// </summary>
public sealed record OutboundGroup
{
    private readonly string _profile = string.Empty;

    /// <summary>Creates a group without requirements.</summary>
    /// <param name="name">The name, not empty.</param>
    /// <param name="target">The number of connections to maintain, from 0.</param>
    public OutboundGroup(string name, int target)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        (Name, Target) = (name, target);
    }

    /// <summary>The name, which no other group of the manager has.</summary>
    public string Name { get; }

    /// <summary>The number of connections to maintain, from 0.</summary>
    public int Target { get; }

    /// <summary>
    /// The traits that a connection must have, one bit each: all of these bits are set in <see cref="Connection.Traits"/>. Their meaning is
    /// the program's. Default 0: no requirement.
    /// </summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public UInt128 Traits { get; init; }

    /// <summary>
    /// The networks that the address of a connection must belong to. Default <see cref="AddressNetworks.All"/>: any address, including host
    /// names and endpoints of other types.
    /// </summary>
    public AddressNetworks Networks { get; init; } = AddressNetworks.All;

    /// <summary>
    /// The profile: the way in which its connections are made (<see cref="Connection.Profile"/>), fixed before the handshake. Connections
    /// move between groups of one profile only. Default: the empty string.
    /// </summary>
    public string Profile
    {
        get => _profile;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _profile = value;
        }
    }

    /// <summary>True when any connection of the profile meets the requirements.</summary>
    internal bool TakesAll => Traits == UInt128.Zero && Networks == AddressNetworks.All;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(OutboundGroup), PrintMembers);

    /// <summary>Determines whether a connection meets the requirements.</summary>
    /// <param name="network">The network of the address; empty if it is not known.</param>
    /// <param name="traits">The traits; null for unknown ones, which are assumed to meet the requirements.</param>
    internal bool Takes(AddressNetworks network, UInt128? traits) =>
        (Networks == AddressNetworks.All || (Networks & network) != AddressNetworks.None) && (traits is not { } known || (known & Traits) == Traits);
}
