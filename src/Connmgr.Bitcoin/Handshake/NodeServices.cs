using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The services of a node, as its version message and its addresses claim. Other bits may be set too.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<NodeServices>))]
public enum NodeServices : ulong
{
    /// <summary>No services.</summary>
    None = 0,

    /// <summary>NODE_NETWORK: the whole block chain.</summary>
    Network = 1 << 0,

    /// <summary>NODE_BLOOM: bloom-filtered connections (BIP111).</summary>
    Bloom = 1 << 2,

    /// <summary>NODE_WITNESS: blocks and transactions with witnesses (BIP144).</summary>
    Witness = 1 << 3,

    /// <summary>NODE_COMPACT_FILTERS: compact block filters (BIP157).</summary>
    CompactFilters = 1 << 6,

    /// <summary>NODE_NETWORK_LIMITED: the last 288 blocks at least (BIP159).</summary>
    NetworkLimited = 1 << 10,

    /// <summary>NODE_P2P_V2: the encrypted transport (BIP324).</summary>
    P2PV2 = 1 << 11,
}
