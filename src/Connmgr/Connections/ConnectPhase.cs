using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The step of an attempt, in the order in which an attempt goes through the steps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectPhase>))]
public enum ConnectPhase
{
    /// <summary>No step was started, or the dialer did not report the failed step.</summary>
    None,

    /// <summary>Turning a host name into addresses.</summary>
    Resolve,

    /// <summary>Opening the TCP connection to the peer.</summary>
    Tcp,

    /// <summary>Connecting to a proxy, and through it to the peer.</summary>
    Proxy,

    /// <summary>The handshake of <see cref="ConnectionManagerOptions.Handshake"/> on the open connection.</summary>
    Handshake,
}
