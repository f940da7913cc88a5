using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The source from which an <see cref="ExternalAddress"/> is known. Each has a base score, as in Bitcoin Core.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExternalAddressOrigin>))]
public enum ExternalAddressOrigin
{
    /// <summary>An interface of this machine, while a listener accepts on all addresses. Score 1.</summary>
    Interface,

    /// <summary>The address of a listener. Score 2.</summary>
    Listener,

    /// <summary>A port mapping of a gateway. Score 3.</summary>
    PortMapping,

    /// <summary>The user. Score 4.</summary>
    User,

    /// <summary>An onion service that the control port of Tor reports. Score 4.</summary>
    Onion,

    /// <summary>A destination of an I2P router. Score 4.</summary>
    I2P,
}
