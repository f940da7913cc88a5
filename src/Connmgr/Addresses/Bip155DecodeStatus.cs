using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>What became of an address in BIP155 form (addrv2, peers.dat, anchors.dat).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Bip155DecodeStatus>))]
internal enum Bip155DecodeStatus
{
    /// <summary>It was read. It may still be one that nobody can be at: see <see cref="NetworkAddress.IsValid"/>.</summary>
    Decoded,

    /// <summary>
    /// It is to be passed over, as BIP155 asks, and what follows it is good: a network that is unknown, Tor v2, or an IPv4 or Tor v2
    /// address dressed up as IPv6.
    /// </summary>
    Ignored,

    /// <summary>It breaks BIP155: the length is not that of the network, or above <see cref="NetworkAddress.MaxBip155Length"/>.</summary>
    Malformed,
}
