using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The policies by which the transport of a connection is chosen.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TransportPolicy>))]
public enum TransportPolicy
{
    /// <summary>
    /// Speaks the encrypted transport (BIP324) with every peer that can, and v1 with all others, as Bitcoin Core does. Where the system
    /// lacks what the encrypted transport needs, only v1 is spoken.
    /// </summary>
    PreferV2,

    /// <summary>Speaks v1 only.</summary>
    V1Only,

    /// <summary>Speaks the encrypted transport only: connections to other peers fail, and no byte of v1 is ever sent.</summary>
    V2Only,
}
