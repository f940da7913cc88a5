using System.Net;

namespace Connmgr;

/// <summary>A port that a gateway forwards to this machine. Immutable.</summary>
public sealed record PortMapping
{
    internal PortMapping(PortMappingMethod method, IPAddress gateway, IPEndPoint local, NetworkEndPoint external) =>
        (Method, Gateway, Local, External) = (method, gateway, local, external);

    /// <summary>The protocol by which the gateway was asked.</summary>
    public PortMappingMethod Method { get; }

    /// <summary>The address of the gateway.</summary>
    public IPAddress Gateway { get; }

    /// <summary>The address of this machine to which the gateway forwards.</summary>
    public IPEndPoint Local { get; }

    /// <summary>The address at which the gateway says that others can connect.</summary>
    public NetworkEndPoint External { get; }

    /// <summary>
    /// True when <see cref="External"/> is a public address. Otherwise the gateway is behind another NAT itself, such as that of a mobile network, and
    /// peers outside can't connect.
    /// </summary>
    public bool IsPublic => External.Address.IsRoutable;

    /// <summary>Formats the mapping.</summary>
    /// <returns>For example <c>24.0.0.1:8333 to 192.168.1.5:8333 by Pcp at 192.168.1.1</c>.</returns>
    public override string ToString() => Invariant($"{External} to {Local} by {Method} at {Gateway}");
}
