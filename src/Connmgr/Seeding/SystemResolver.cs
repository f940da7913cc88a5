using System.Net;

namespace Connmgr;

/// <summary>The system's resolver as a <see cref="LookupFunc"/>.</summary>
internal static class SystemResolver
{
    /// <summary>Looks up a name as an absolute name.</summary>
    /// <param name="host">The name, or an IP literal, which is returned as it is.</param>
    /// <param name="cancellationToken">Cancels the wait; the system's call itself cannot be interrupted on all platforms.</param>
    /// <returns>The addresses.</returns>
    public static async ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(AbsoluteName(host), cancellationToken).ConfigureAwait(false);

    // A name with one label (a container, an entry of the hosts file) is meant to be completed with search domains. A name with dots is not,
    // and a resolver that is configured with a large ndots would offer it to every search domain first.
    internal static string AbsoluteName(string host) =>
        host.Contains('.', StringComparison.Ordinal) && !host.EndsWith('.') ? host + "." : host;
}
