using System.Net;

namespace Connmgr;

/// <summary>The system's resolver as a <see cref="LookupFunc"/>.</summary>
internal static class SystemResolver
{
    /// <summary>Looks a name up as an absolute one.</summary>
    /// <param name="host">The name, or an IP literal, which is its own answer.</param>
    /// <param name="cancellationToken">Gives up waiting; the system's call itself cannot be interrupted everywhere.</param>
    /// <returns>The addresses.</returns>
    public static async ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(AbsoluteName(host), cancellationToken).ConfigureAwait(false);

    // A name of one label (a container, an entry of the hosts file) is meant to be completed; one with dots is not, and a resolver
    // set up with many ndots would offer it to every search domain first.
    internal static string AbsoluteName(string host) =>
        host.Contains('.', StringComparison.Ordinal) && !host.EndsWith('.') ? host + "." : host;
}
