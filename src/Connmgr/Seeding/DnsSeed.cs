namespace Connmgr;

/// <summary>A DNS name whose addresses are peers of a chain.</summary>
/// <param name="Host">The name, without a service prefix and without a trailing dot.</param>
/// <param name="HasFiltering">True when the seed answers service-bit names such as <c>x9.HOST</c>, as all seeds of Bitcoin Core do.</param>
public sealed record DnsSeed(string Host, bool HasFiltering);
