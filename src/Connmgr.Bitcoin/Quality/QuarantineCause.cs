using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The causes for which the address of a peer rests: see <see cref="PeerQuarantine"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuarantineCause>))]
public enum QuarantineCause
{
    /// <summary>The peer closed or reset the connection early, or during the handshake.</summary>
    LeftEarly,

    /// <summary>The peer did not answer a ping or the handshake in time, or took no data.</summary>
    TimedOut,

    /// <summary>The peer lacked services that its address promised and that are required.</summary>
    LackedServices,
}
