using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The outcome of decoding an address in BIP155 form (addrv2, peers.dat, anchors.dat).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Bip155DecodeStatus>))]
internal enum Bip155DecodeStatus
{
    /// <summary>The address was decoded. It may still be one that no host can have: see <see cref="NetworkAddress.IsValid"/>.</summary>
    Decoded,

    /// <summary>
    /// The address must be skipped, as BIP155 requires, and the data after it is valid: an unknown network, Tor v2, or an IPv4 or Tor v2
    /// address disguised as IPv6.
    /// </summary>
    Ignored,

    /// <summary>
    /// The address violates BIP155: its length is wrong for the network or above <see cref="NetworkAddress.MaxBip155Length"/>.
    /// </summary>
    Malformed,
}
