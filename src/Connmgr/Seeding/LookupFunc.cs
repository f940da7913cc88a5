using System.Net;

namespace Connmgr;

/// <summary>
/// Looks up the addresses of a host name. <see cref="TorResolver.LookupAsync"/> is one, for seeding that hides the requested names from
/// observers on the path.
/// </summary>
/// <param name="host">The name, without a trailing dot; may be an IP literal.</param>
/// <param name="cancellationToken">Cancelled when the answer is no longer wanted.</param>
/// <returns>The addresses, IPv4 and IPv6; empty when the name has none.</returns>
/// <exception cref="Exception">The look-up failed. Any exception will do.</exception>
public delegate ValueTask<IReadOnlyList<IPAddress>> LookupFunc(string host, CancellationToken cancellationToken);
