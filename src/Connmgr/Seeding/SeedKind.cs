using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The kinds of places that a first address can come from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SeedKind>))]
public enum SeedKind
{
    /// <summary>A DNS name: <see cref="ChainParameters.DnsSeeds"/>.</summary>
    Dns,

    /// <summary>A peer that is connected to for its addresses alone: <see cref="AddressSeederOptions.SeedNodes"/>.</summary>
    Node,

    /// <summary>The list that came with the program: <see cref="ChainParameters.FixedSeeds"/>.</summary>
    Fixed,

    /// <summary>
    /// Peers whose addresses are known, connected to for the addresses that they know while none with the required services is found:
    /// <see cref="AddressSeederOptions.FetchFromKnown"/>.
    /// </summary>
    Known,
}
