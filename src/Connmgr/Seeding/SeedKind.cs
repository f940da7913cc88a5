using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The kind of a source of first addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SeedKind>))]
public enum SeedKind
{
    /// <summary>A DNS name: <see cref="ChainParameters.DnsSeeds"/>.</summary>
    Dns,

    /// <summary>A peer to connect to only for its addresses: <see cref="AddressSeederOptions.SeedNodes"/>.</summary>
    Node,

    /// <summary>The list in the parameters of the chain: <see cref="ChainParameters.FixedSeeds"/>.</summary>
    Fixed,

    /// <summary>
    /// Peers with known addresses, which are asked for further addresses while no peer with the required services is found:
    /// <see cref="AddressSeederOptions.FetchFromKnown"/>.
    /// </summary>
    Known,
}
