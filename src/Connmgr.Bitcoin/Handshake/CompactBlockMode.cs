using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The mode in which a peer may send new blocks as compact blocks (BIP152).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CompactBlockMode>))]
public enum CompactBlockMode
{
    /// <summary>No compact blocks: sendcmpct is not sent.</summary>
    None,

    /// <summary>The peer announces a block first (inv or headers), and sends it as a compact block on request.</summary>
    LowBandwidth,

    /// <summary>The peer sends a compact block without an announcement.</summary>
    HighBandwidth,
}
