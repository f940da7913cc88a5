namespace Connmgr.Tool;

/// <summary>What <c>connmgr seed</c> was asked for. Immutable.</summary>
internal sealed record SeedOptions
{
    /// <summary>The chain, with the DNS seeds to ask.</summary>
    public required ChainParameters Chain { get; init; }

    public ulong Services { get; init; }

    /// <summary>The name server to ask; null for the system's resolver.</summary>
    public HostAndPort? DnsServer { get; init; }

    /// <summary>How long each seed is given.</summary>
    public TimeSpan Timeout { get; init; }

    public bool Json { get; init; }

    /// <summary>The chain of a name, with its own seeds or others in their place.</summary>
    public static ChainParameters ChainOf(NetworkName network, IReadOnlyList<HostAndPort> dnsSeeds)
    {
        var chain = network == NetworkName.Sandbox
            ? Testing.SandboxNetwork.Chain
            : ChainParameters.All.Single(chain => string.Equals(chain.Name, Names.Of(network), StringComparison.Ordinal));
        return dnsSeeds.Count == 0
            ? chain
            : chain with { DnsSeeds = [.. dnsSeeds.Select(seed => new DnsSeed(seed.Name ?? seed.Address!.ToString(), HasFiltering: seed.Name is not null))] };
    }
}
