using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>
/// The differences of a host from others of its kind. They follow from the seed and the address alone, so hosts need no memory.
/// </summary>
internal sealed record SandboxTraits
{
    /// <summary>The services that Bitcoin Core offers by default.</summary>
    private const NodeServices Usual = NodeServices.Network | NodeServices.Witness | NodeServices.NetworkLimited;

    /// <summary>Programs as on the main network, the common ones several times.</summary>
    private static readonly (string UserAgent, NodeServices Services)[] Programs =
    [
        ("/Satoshi:30.0.0/", Usual),
        ("/Satoshi:29.1.0/", Usual),
        ("/Satoshi:29.0.0/", Usual),
        ("/Satoshi:29.0.0/", Usual | NodeServices.CompactFilters),
        ("/Satoshi:28.1.0/", Usual),
        ("/Satoshi:28.0.0/", NodeServices.Witness | NodeServices.NetworkLimited),
        ("/Satoshi:27.1.0/", Usual),
        ("/Satoshi:27.0.0/", Usual | NodeServices.Bloom),
        ("/Satoshi:26.0.0/", Usual),
        ("/Satoshi:25.0.0/", Usual),
        ("/Satoshi:22.0.0/", Usual),
        ("/Satoshi:0.21.1/", Usual),
        ("/Satoshi:28.1.0/Knots:20250305/", Usual),
        ("/Satoshi:29.1.0/Knots:20250903/", Usual | NodeServices.Bloom),
        ("/btcwire:0.5.0/btcd:0.24.2/", NodeServices.Network | NodeServices.Bloom | NodeServices.Witness | NodeServices.CompactFilters),
        ("/bcoin:2.2.0/", NodeServices.Network | NodeServices.Witness),
    ];

    /// <summary>For further draws.</summary>
    public required int Seed { get; init; }

    public required TimeSpan Latency { get; init; }

    public required TimeSpan Age { get; init; }

    public required string UserAgent { get; init; }

    public required NodeServices Services { get; init; }

    /// <summary>The number of blocks that the host lags behind the tip.</summary>
    public required int BlocksBehind { get; init; }

    /// <summary>The time that a block takes to reach the host. More than zero.</summary>
    public required TimeSpan Propagation { get; init; }

    /// <summary>A point within the shortest handshake: 250 bytes of both sides are not the whole of one.</summary>
    public required int ResetAfterBytes { get; init; }

    public static SandboxTraits Create(SandboxHost host, SandboxNetworkOptions options)
    {
        var seed = (int)(StableHash.ToUnit(options.Seed, host.EndPoint) * int.MaxValue);
        var random = new Random(seed);
        var (userAgent, services) = Programs[random.Next(Programs.Length)];
        var latency = (host.Kind == SandboxHostKind.Slow ? options.SlowLatency : options.Latency).Draw(random);
        return new()
        {
            Seed = seed,
            Latency = latency,
            Age = options.RestlessLifetime.Draw(random),
            UserAgent = userAgent,
            Services = services,
            BlocksBehind = random.Next(10) == 0 ? random.Next(1, 6) : 0,
            Propagation = latency + TimeSpan.FromMilliseconds(random.Next(1, 2000)),
            ResetAfterBytes = random.Next(1, 251),
        };
    }
}
