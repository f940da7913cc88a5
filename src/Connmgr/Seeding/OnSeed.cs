namespace Connmgr;

/// <summary>
/// Takes the addresses of one DNS seed, as soon as it has answered. Never called twice at once by one <see cref="DnsSeeder.SeedAsync"/>.
/// </summary>
/// <param name="seed">The seed that named them.</param>
/// <param name="addresses">At least one address; no duplicates.</param>
/// <param name="cancellationToken">The token given to <see cref="DnsSeeder.SeedAsync"/>.</param>
/// <returns>A task that ends when the addresses have been taken; the next seed's addresses are handed over after it.</returns>
/// <exception cref="Exception">
/// Ends this call alone: it is logged and kept in <see cref="DnsSeedOutcome.CallbackException"/>, and the other seeds go on.
/// </exception>
public delegate ValueTask OnSeed(DnsSeed seed, IReadOnlyList<PeerAddress> addresses, CancellationToken cancellationToken);
