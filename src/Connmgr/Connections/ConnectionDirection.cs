using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Who opened a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionDirection>))]
public enum ConnectionDirection
{
    /// <summary>We dialled the peer.</summary>
    Outbound,

    /// <summary>The peer dialled one of our listeners.</summary>
    Inbound,
}
