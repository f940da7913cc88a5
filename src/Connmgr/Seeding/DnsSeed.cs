namespace Connmgr;

/// <summary>A DNS name whose addresses are peers of a chain. Immutable.</summary>
/// <param name="host">The name, without a service prefix and without a trailing dot.</param>
/// <param name="supportsServiceFilter">True if the seed answers service-bit names such as <c>x9.HOST</c>, as all seeds of Bitcoin Core do.</param>
public sealed class DnsSeed(string host, bool supportsServiceFilter)
{
    /// <summary>The name, without a service prefix and without a trailing dot.</summary>
    public string Host { get; } = host;

    /// <summary>True when the seed answers service-bit names such as <c>x9.HOST</c>, as all seeds of Bitcoin Core do.</summary>
    public bool SupportsServiceFilter { get; } = supportsServiceFilter;

    /// <summary>
    /// The source of the seed's addresses for an address book. It represents the name of the seed, so that each seed has its own source
    /// group, whichever services are requested.
    /// </summary>
    public NetworkAddress Source => NetworkAddress.FromName(Host);
}
