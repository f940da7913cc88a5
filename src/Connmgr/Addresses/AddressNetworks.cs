using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>A set of networks on which peers can be.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<AddressNetworks>))]
public enum AddressNetworks
{
    /// <summary>The empty set.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    IPv4 = 1,

    /// <summary>IPv6.</summary>
    IPv6 = 2,

    /// <summary>Tor onion services of version 3.</summary>
    TorV3 = 4,

    /// <summary>I2P.</summary>
    I2P = 8,

    /// <summary>CJDNS.</summary>
    Cjdns = 16,

    /// <summary>All networks.</summary>
    All = IPv4 | IPv6 | TorV3 | I2P | Cjdns,
}
