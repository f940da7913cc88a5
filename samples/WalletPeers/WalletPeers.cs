using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Wallet;

// snippet: class
/// <summary>The peers of a wallet: 12, of which 5 serve compact filters. Unsuited ones are replaced, and each block comes from a peer that has it.</summary>
internal sealed class WalletPeers : IAsyncDisposable
{
    private readonly PeerNetwork _network;

    public WalletPeers(Network chain, string? dataDirectory = null, EndPoint? tor = null, Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions
        {
            Chain = chain.ToChainParameters(),
            Groups = PeerGroup.LightWallet(12, filters: 5),
            Policies = PeerPolicies.LightWallet, // Better peers replace the worst; those that leave early rest.
            DataDirectory = dataDirectory,
            Proxies = tor is null ? null : new() { Rules = ProxyRules.Always(tor) },
            Protocol = new() { Relay = false, UserAgent = "/wallet:1.0/" },
        };
        configure?.Invoke(options);
        _network = new(options);
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => _network.StartAsync(cancellationToken);

    /// <summary>Watches the peers that come, go (with the reason) and change their group.</summary>
    public IAsyncEnumerable<PeerChange> WatchAsync(CancellationToken cancellationToken = default) => _network.WatchPeersAsync(cancellationToken);

    /// <summary>Downloads a block, from one peer after the other until one gives the right one.</summary>
    public async Task<Block> DownloadBlockAsync(uint256 hash, CancellationToken cancellationToken)
    {
        var asked = new HashSet<long>();
        while (true)
        {
            using var lease = await _network.LeaseAsync(peer => !asked.Contains(peer.Id), PeerPick.Rating, cancellationToken);
            if (asked.Add(lease.Peer.Id) && await TryDownloadBlockAsync(lease.Peer, hash, cancellationToken) is { } block)
                return block;
        }
    }

    private static async Task<Block?> TryDownloadBlockAsync(BitcoinPeer peer, uint256 hash, CancellationToken cancellationToken)
    {
        try
        {
            var getData = new GetDataPayload(new InventoryVector(Inventory.MSG_WITNESS_BLOCK, hash));
            var block = (await peer.RequestAsync<BlockPayload>(getData, answer => answer.Object.GetHash() == hash, cancellationToken: cancellationToken)).Object;
            if (block.Check())
            {
                peer.ReportUsefulBlock();
                return block;
            }

            peer.ReportMisbehavior(Misbehavior.InvalidData); // Which ends its connections.
            return null;
        }
        catch (Exception e) when (e is TimeoutException or IOException or KeyNotFoundException)
        {
            return null; // It is late (the time adapts to the peer), gone, or does not have the block. Another peer does.
        }
    }

    public ValueTask DisposeAsync() => _network.DisposeAsync();
}
// end
