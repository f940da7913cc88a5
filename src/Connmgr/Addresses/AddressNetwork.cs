using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The network of an address, with its BIP155 id. Id 3 was Tor v2, which no longer exists; its addresses are ignored.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<AddressNetwork>))]
public enum AddressNetwork : byte
{
    /// <summary>IPv4, 4 bytes.</summary>
    IPv4 = 1,

    /// <summary>IPv6, 16 bytes.</summary>
    IPv6 = 2,

    /// <summary>A Tor onion service of version 3, identified by its public key of 32 bytes.</summary>
    TorV3 = 4,

    /// <summary>I2P, identified by the SHA-256 hash of a destination, 32 bytes.</summary>
    I2P = 5,

    /// <summary>CJDNS, an IPv6 address in fc00::/8, 16 bytes.</summary>
    Cjdns = 6,

    /// <summary>
    /// No real network. Represents a name, such as that of a DNS seed, as the source of addresses, so that each source has a separate
    /// netgroup. Has no BIP155 id; on the wire and on disk it is written as an IPv6 address in fd6b:88c0:8724::/48, as in Bitcoin Core.
    /// Never valid as a peer.
    /// </summary>
    Internal = 255,
}
