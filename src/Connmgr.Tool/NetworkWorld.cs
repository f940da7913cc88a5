using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>
/// The network of a run: a chain and the means to reach it. It is a real network, or one in memory that is disposed together with it.
/// </summary>
internal sealed class NetworkWorld : IAsyncDisposable
{
    public required ChainParameters Chain { get; init; }

    /// <summary>The source of automatic peers' addresses; null for the address book, which seeds and gossip fill.</summary>
    public IAddressSource? AddressSource { get; init; }

    /// <summary>The lookup of the chain's DNS seeds; null for the system's resolver.</summary>
    public LookupFunc? Lookup { get; init; }

    /// <summary>The dialer of peers; null for TCP.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; init; }

    /// <summary>The function that listens at an address. It throws an IOException when that fails.</summary>
    public Func<IPEndPoint, ListenerProfile, IConnectionListener> Listen { get; init; } =
        static (endPoint, profile) => TcpConnectionListener.Listen(endPoint, profile: profile);

    /// <summary>The function that listens on an interface; null where there are none.</summary>
    public Func<string, int, ListenerProfile, IConnectionListener>? ListenOnInterface { get; init; } =
        static (name, port, profile) => InterfaceListener.Listen(name, port, profile);

    /// <summary>The policies of a run in addition to its target.</summary>
    public PeerPolicies Policies { get; init; } = new();

    /// <summary>The object that is disposed together with this; null for none.</summary>
    public IAsyncDisposable? Owned { get; init; }

    /// <summary>Gets the chain of a network.</summary>
    public static ChainParameters GetChain(NetworkName name) => name switch
    {
        NetworkName.Mainnet => ChainParameters.Mainnet,
        NetworkName.Testnet4 => ChainParameters.Testnet4,
        NetworkName.Signet => ChainParameters.Signet,
        NetworkName.Regtest => ChainParameters.Regtest,
        _ => SandboxNetwork.Chain,
    };

    /// <summary>Replaces the DNS seeds of a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="seeds">The seeds; none to keep those of the chain.</param>
    public static ChainParameters WithDnsSeeds(ChainParameters chain, IReadOnlyCollection<HostAndPort> seeds) => seeds.Count == 0
        ? chain
        : chain with { DnsSeeds = [.. seeds.Select(seed => new DnsSeed(seed.Name ?? seed.Address!.ToString(), supportsServiceFilter: seed.Name is not null))] };

    /// <summary>Opens a network.</summary>
    /// <param name="name">The name.</param>
    /// <param name="timeProvider">The clock of the sandbox.</param>
    /// <returns>The network, to be disposed when it is no longer used.</returns>
    public static NetworkWorld Open(NetworkName name, TimeProvider timeProvider) => name == NetworkName.Sandbox
        ? FromSandbox(new SandboxNetwork(new SandboxNetworkOptions { TimeProvider = timeProvider }))
        : new() { Chain = GetChain(name) };

    /// <summary>Creates a world of a sandbox, and takes ownership of the sandbox.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="policies">The policies of a run in addition to its target; null for the defaults.</param>
    public static NetworkWorld FromSandbox(SandboxNetwork sandbox, PeerPolicies? policies = null) => new()
    {
        Policies = policies ?? new(),
        Chain = SandboxNetwork.SeededChain,
        Lookup = sandbox.LookupAsync,
        Dial = sandbox.DialAsync,
        Listen = (endPoint, _) => sandbox.Listen(endPoint),
        ListenOnInterface = null,
        Owned = sandbox,
    };

    public ValueTask DisposeAsync() => Owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The values of <c>--network</c>, which are written in lower case.</summary>
internal enum NetworkName
{
    Sandbox,
    Regtest,
    Signet,
    Testnet4,
    Mainnet,
}
