using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>What a run connects to: a chain, and the way to it. The real network, or one in memory, which is disposed of with it.</summary>
internal sealed class NetworkWorld : IAsyncDisposable
{
    public required ChainParameters Chain { get; init; }

    /// <summary>Where the addresses of automatic peers come from; null for the address book, which seeds and gossip fill.</summary>
    public IAddressSource? AddressSource { get; init; }

    /// <summary>How the chain's DNS seeds are looked up; null for the system's resolver.</summary>
    public LookupFunc? Lookup { get; init; }

    /// <summary>How peers are dialled; null for TCP.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; init; }

    /// <summary>How to listen at an address; throws an IOException when that can't be done.</summary>
    public Func<IPEndPoint, ListenerProfile, IConnectionListener> Listen { get; init; } =
        static (endPoint, profile) => TcpConnectionListener.Listen(endPoint, profile: profile);

    /// <summary>What a run does on its own beside its target.</summary>
    public PeerPolicies Policies { get; init; } = new();

    /// <summary>What ends with this; null for nothing.</summary>
    public IAsyncDisposable? Owned { get; init; }

    /// <summary>The chain of a name.</summary>
    public static ChainParameters ChainOf(NetworkName name) => name switch
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
        : chain with { DnsSeeds = [.. seeds.Select(seed => new DnsSeed(seed.Name ?? seed.Address!.ToString(), HasFiltering: seed.Name is not null))] };

    /// <summary>Opens the network of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="timeProvider">The clock of the sandbox.</param>
    /// <returns>The network, to be disposed of once nothing uses it any more.</returns>
    public static NetworkWorld Open(NetworkName name, TimeProvider timeProvider) => name == NetworkName.Sandbox
        ? Of(new SandboxNetwork(new SandboxNetworkOptions { TimeProvider = timeProvider }))
        : new() { Chain = ChainOf(name) };

    /// <summary>A sandbox, which belongs to this from here on.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="policies">What a run does on its own beside its target; null for the defaults.</param>
    public static NetworkWorld Of(SandboxNetwork sandbox, PeerPolicies? policies = null) => new()
    {
        Policies = policies ?? new(),
        Chain = SandboxNetwork.SeededChain,
        Lookup = sandbox.LookupAsync,
        Dial = sandbox.DialAsync,
        Listen = (endPoint, _) => sandbox.Listen(endPoint),
        Owned = sandbox,
    };

    public ValueTask DisposeAsync() => Owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The networks that <c>--network</c> knows, written there in lower case.</summary>
internal enum NetworkName
{
    Sandbox,
    Regtest,
    Signet,
    Testnet4,
    Mainnet,
}
