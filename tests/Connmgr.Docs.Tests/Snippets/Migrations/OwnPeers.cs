using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;

namespace Connmgr.Docs.Tests.Snippets.Migrations;

// snippet: after
/// <summary>The same for a wallet with Connmgr. A test runs it among dead, restless and dishonest nodes.</summary>
internal sealed class OwnPeers(Network chain, int target, Action<PeerNetworkOptions>? configure = null) : IAsyncDisposable
{
    private readonly PeerNetwork _network = new(CreateOptions(chain, target, configure));

    /// <summary>The peers that are connected.</summary>
    public IReadOnlyList<BitcoinPeer> Peers => _network.Peers;

    public async Task RunAsync(CancellationToken stop)
    {
        await _network.StartAsync(stop); // Dials race, dead addresses cost milliseconds, and the number holds.
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _network.StopAsync(CancellationToken.None); // Every connection, timer and task has ended.
    }

    /// <summary>Announces a transaction to all peers, each at its own time, and gives it to those that ask, until the result is disposed.</summary>
    public TransactionAnnouncement Announce(Transaction transaction) => _network.AnnounceTransaction(
        transaction.GetHash().ToBytes(), transaction.GetWitHash().ToBytes(), _ => new((ReadOnlyMemory<byte>?)transaction.ToBytes()));

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    private static PeerNetworkOptions CreateOptions(Network chain, int target, Action<PeerNetworkOptions>? configure)
    {
        var options = new PeerNetworkOptions
        {
            Chain = chain.ToChainParameters(),
            Groups = PeerGroup.LightWallet(target, filters: 5), // Chosen before the dial, by what addresses are known to serve.
            Policies = PeerPolicies.LightWallet, // Better peers replace the worst; those that leave early rest.
            Protocol = new() { Relay = false },
        };
        configure?.Invoke(options);
        return options;
    }
}
// end
