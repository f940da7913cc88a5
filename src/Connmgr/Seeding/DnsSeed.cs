namespace Connmgr;

/// <summary>A DNS name whose addresses are peers of a chain.</summary>
/// <param name="Host">The name, without a service prefix and without a trailing dot.</param>
/// <param name="HasFiltering">True when the seed answers service-bit names such as <c>x9.HOST</c>, as all seeds of Bitcoin Core do.</param>
public sealed record DnsSeed(string Host, bool HasFiltering)
{
    /// <summary>
    /// Who told of the seed's addresses, for an address book: an address that stands for the name, so that each seed has a source group of
    /// its own, whatever services it was asked for.
    /// </summary>
    public NetworkAddress Source => NetworkAddress.FromName(Host);
}
