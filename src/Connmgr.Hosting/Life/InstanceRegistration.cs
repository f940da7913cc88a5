using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>The part of one instance that the program sets in code, collected while services are registered.</summary>
/// <typeparam name="TOptions">The options of the instance.</typeparam>
internal abstract class InstanceRegistration<TOptions>(string name)
{
    /// <summary>The name of the instance; empty for the default one.</summary>
    public string Name { get; } = name;

    /// <summary>The actions that change the options before the instance is created, in order.</summary>
    public List<Action<IServiceProvider, TOptions>> Configure { get; } = [];

    /// <summary>The actions that wrap what all of <see cref="Configure"/> have set.</summary>
    public List<Action<IServiceProvider, TOptions>> ConfigureLast { get; } = [];
}

/// <summary>The registration of a connection manager.</summary>
internal sealed class ConnectionManagerRegistration(string name) : InstanceRegistration<ConnectionManagerOptions>(name);

/// <summary>The registration of the peers of a chain.</summary>
internal sealed class BitcoinPeersRegistration(string name) : InstanceRegistration<PeerNetworkOptions>(name)
{
    /// <summary>The chain that the program supplies; null for one of the known ones.</summary>
    public ChainParameters? Chain { get; set; }

    public List<Func<BitcoinPeer, CancellationToken, ValueTask>> OnPeer { get; } = [];

    public List<Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>> OnMessage { get; } = [];

    /// <summary>The functions that resolve the handlers of a connection from its scope.</summary>
    public List<Func<IServiceProvider, IPeerHandler>> Handlers { get; } = [];

    /// <summary>Gets the chain: the one that the settings name, else the program's, else the one that the instance is named after.</summary>
    /// <returns>The chain; null when none is named, or an unknown one.</returns>
    public ChainParameters? GetChain(BitcoinPeersSettings settings) => ChainChoice.Find(settings, Chain, Name);
}
