using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>What a program says of the peers of one instance while services are registered.</summary>
internal sealed class BitcoinPeersRegistration(string name)
{
    public string Name { get; } = name;

    /// <summary>The chain of the program's own.</summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>What changes the options before the network is made, in order.</summary>
    public List<Action<IServiceProvider, PeerNetworkOptions>> Configure { get; } = [];

    public List<Func<BitcoinPeer, CancellationToken, ValueTask>> OnPeer { get; } = [];

    public List<Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>> OnMessage { get; } = [];

    /// <summary>What makes the handlers of a connection out of its scope.</summary>
    public List<Func<IServiceProvider, IPeerHandler>> Handlers { get; } = [];

    /// <summary>The chain that is meant; null when none is, or an unknown one.</summary>
    public ChainParameters? ChainOf(BitcoinPeersSettings settings)
    {
        var chosen = settings.Chain ?? Name;
        return settings.Chain is null && Chain is not null
            ? Chain
            : ChainParameters.All.FirstOrDefault(chain => string.Equals(chain.Name, chosen, StringComparison.OrdinalIgnoreCase));
    }
}
