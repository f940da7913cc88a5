using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The side that opened a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionDirection>))]
public enum ConnectionDirection
{
    /// <summary>This program dialled the peer.</summary>
    Outbound,

    /// <summary>The peer dialled a listener of this program.</summary>
    Inbound,
}
