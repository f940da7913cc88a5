using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>The DNS seeds of a sandbox. Their answers follow from the sandbox's seed. Thread-safe.</summary>
internal sealed class SandboxSeeds(SandboxHost[] hosts, SandboxNetworkOptions options)
{
    private const int AddressesPerSeed = 25;

    /// <summary>The share of dead addresses among those of a seed.</summary>
    private const double StaleShare = 0.2;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);

    public static ImmutableArray<DnsSeed> All { get; } =
        [new("seed-one.sandbox.invalid", supportsServiceFilter: true), new("seed-two.sandbox.invalid", supportsServiceFilter: true)];

    public async ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        await Task.Delay(Latency, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < All.Length; i++)
        {
            if (host.EndsWith(All[i].Host, StringComparison.OrdinalIgnoreCase))
                return Answer(new Random(GetSeed(i)), GetServices(host));
        }

        throw new SocketException((int)SocketError.HostNotFound);
    }

    private int GetSeed(int dnsSeed) => unchecked((options.Seed * 31) + dnsSeed + 1);

    /// <summary>Gets the service bits that a name asks for, such as those of x49.seed-one.sandbox.invalid; none for the bare name.</summary>
    private static NodeServices GetServices(string host) =>
        host.StartsWith('x') && ulong.TryParse(host.AsSpan(1, host.IndexOf('.', StringComparison.Ordinal) - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            ? (NodeServices)bits
            : NodeServices.None;

    private List<IPAddress> Answer(Random random, NodeServices services)
    {
        var answer = new HashSet<IPAddress>();
        for (var draws = 0; answer.Count < AddressesPerSeed && draws < hosts.Length * 4; draws++)
        {
            var host = hosts[random.Next(hosts.Length)];
            if ((!host.IsDead || random.NextDouble() < StaleShare) && SandboxTraits.Create(host, options).Services.HasFlag(services))
                answer.Add(host.EndPoint.Address);
        }

        return [.. answer];
    }
}
