using System.Collections.Immutable;
using System.Net;

namespace Connmgr;

/// <summary>A port of this machine, and the gateway that is to forward to it. Immutable.</summary>
/// <param name="Gateway">The address of the gateway.</param>
/// <param name="Local">The address and the port of this machine.</param>
internal sealed record PortMappingTarget(IPAddress Gateway, IPEndPoint Local);

/// <summary>The facts that a request to a gateway needs. Immutable.</summary>
/// <param name="Target">The port and the gateway.</param>
/// <param name="Nonce">The nonce of the mapping, for PCP.</param>
/// <param name="External">The external address that the gateway gave last; null if it gave none.</param>
/// <param name="Lifetime">The lifetime to ask for.</param>
internal sealed record GatewayRequest(PortMappingTarget Target, ImmutableArray<byte> Nonce, IPEndPoint? External, TimeSpan Lifetime);

/// <summary>A gateway's answer that a port is mapped. Immutable.</summary>
/// <param name="External">The external address.</param>
/// <param name="Lifetime">The time after which the gateway removes the mapping.</param>
/// <param name="Epoch">The seconds since the gateway lost its mappings; null where the protocol does not tell.</param>
internal sealed record MappingAnswer(IPEndPoint External, TimeSpan Lifetime, uint? Epoch);

/// <summary>A gateway's answer about a mapping that it holds. Immutable.</summary>
/// <param name="IsMapped">False if the gateway says that it does not hold the mapping.</param>
/// <param name="Address">The external address; null where the answer has none.</param>
/// <param name="Epoch">The seconds since the gateway lost its mappings; null where the protocol does not tell.</param>
internal sealed record CheckAnswer(bool IsMapped, IPAddress? Address, uint? Epoch);
