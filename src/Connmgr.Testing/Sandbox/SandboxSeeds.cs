using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

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
                return Answer(new Random(GetSeed(i)));
        }

        throw new SocketException((int)SocketError.HostNotFound);
    }

    private int GetSeed(int dnsSeed) => unchecked((options.Seed * 31) + dnsSeed + 1);

    private List<IPAddress> Answer(Random random)
    {
        var answer = new HashSet<IPAddress>();
        for (var draws = 0; answer.Count < AddressesPerSeed && draws < hosts.Length * 4; draws++)
        {
            var host = hosts[random.Next(hosts.Length)];
            if (!host.IsDead || random.NextDouble() < StaleShare)
                answer.Add(host.EndPoint.Address);
        }

        return [.. answer];
    }
}
