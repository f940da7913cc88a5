namespace Connmgr;

/// <summary>Asks gateways by one protocol.</summary>
internal interface IGatewayClient
{
    /// <summary>Has the gateway map a port, or renews the mapping.</summary>
    /// <exception cref="GatewayException">The gateway does not answer, or refuses.</exception>
    Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken);

    /// <summary>Asks the gateway about a mapping.</summary>
    /// <exception cref="GatewayException">The gateway does not answer, or refuses.</exception>
    Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken);

    /// <summary>Has the gateway remove a mapping.</summary>
    /// <exception cref="GatewayException">The gateway does not answer, or refuses.</exception>
    Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken);
}
