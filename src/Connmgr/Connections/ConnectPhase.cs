using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The step of an attempt that an outcome belongs to, in the order in which an attempt goes through them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectPhase>))]
public enum ConnectPhase
{
    /// <summary>No step was begun, or the dialer did not give the one that failed.</summary>
    None,

    /// <summary>Turning a host name into addresses.</summary>
    Resolve,

    /// <summary>Opening the TCP connection to the peer.</summary>
    Tcp,

    /// <summary>Reaching a proxy and having it connect onwards.</summary>
    Proxy,

    /// <summary>The handshake of <see cref="ConnectionManagerOptions.Handshake"/> on the open connection.</summary>
    Handshake,
}
