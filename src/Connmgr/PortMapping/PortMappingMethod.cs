using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>A protocol by which a gateway is asked to forward a port.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PortMappingMethod>))]
public enum PortMappingMethod
{
    /// <summary>None: no gateway is asked.</summary>
    Off,

    /// <summary>The first one that works of <see cref="Pcp"/>, <see cref="NatPmp"/> and <see cref="Upnp"/>.</summary>
    Auto,

    /// <summary>The Port Control Protocol (RFC 6887). The only one for IPv6, where it opens the gateway's firewall.</summary>
    Pcp,

    /// <summary>The NAT Port Mapping Protocol (RFC 6886).</summary>
    NatPmp,

    /// <summary>UPnP: version 1 or 2 of an Internet Gateway Device.</summary>
    Upnp,
}
