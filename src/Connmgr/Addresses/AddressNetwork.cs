using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The networks that an address can be of, with their BIP155 ids. Id 3 was Tor v2, which no longer exists: addresses of it are ignored.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<AddressNetwork>))]
public enum AddressNetwork : byte
{
    /// <summary>IPv4, 4 bytes.</summary>
    IPv4 = 1,

    /// <summary>IPv6, 16 bytes.</summary>
    IPv6 = 2,

    /// <summary>A Tor onion service of version 3, named by its public key of 32 bytes.</summary>
    TorV3 = 4,

    /// <summary>I2P, named by the SHA-256 hash, 32 bytes, of a destination.</summary>
    I2P = 5,

    /// <summary>CJDNS, an IPv6 address in fc00::/8, 16 bytes.</summary>
    Cjdns = 6,

    /// <summary>
    /// No network: stands for a name (a DNS seed, say) as the source of addresses, so that each source has a netgroup of its own. No BIP155
    /// id; on the wire and on disk Bitcoin Core writes it as an IPv6 address in fd6b:88c0:8724::/48, as this library does. Never valid as
    /// a peer.
    /// </summary>
    Internal = 255,
}
