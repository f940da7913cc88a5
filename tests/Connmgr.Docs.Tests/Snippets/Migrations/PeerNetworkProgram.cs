using System.Collections.Concurrent;
using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Connmgr.Docs.Tests.Snippets.Migrations;

/// <summary>The same program after, of docs/coming-from-nbitcoin.md. A test runs it in memory.</summary>
internal static class PeerNetworkProgram
{
    public static async Task RunAsync(Network chain, Action<PeerNetworkOptions> configure, Action<string> write, CancellationToken stop)
    {
        // snippet: after
        var blocks = new ConcurrentDictionary<uint256, byte>();
        var options = new PeerNetworkOptions
        {
            Chain = chain.ToChainParameters(),
            DataDirectory = "peers", // Addresses, bans and anchors; written at the end as well.
            Protocol = new() { UserAgent = "/my-indexer:2.1/", Relay = false },
        };
        options
            .OnPayload<InvPayload>((peer, inventory, token) =>
                peer.SendAsync(new GetDataPayload([.. inventory.Where(static item => item.Type == Inventory.MSG_BLOCK)]), token))
            .OnPayload<BlockPayload>((peer, block, token) =>
            {
                if (blocks.TryAdd(block.Object.GetHash(), 0))
                    write($"block {block.Object.GetHash()} from {peer.RemoteEndPoint}");
                return ValueTask.CompletedTask;
            });
        // end
        configure(options);
        // snippet: after

        await using var network = new PeerNetwork(options);
        await network.StartAsync(stop);
        try
        {
            await foreach (var change in network.WatchPeersAsync(stop))
                write(change is PeerLeft left ? $"- {change.Peer.RemoteEndPoint} {left.Reason}" : $"+ {change.Peer.RemoteEndPoint} {change.Peer.Version.UserAgent}");
        }
        catch (OperationCanceledException)
        {
            await network.StopAsync(CancellationToken.None); // Nothing runs any more after this.
        }
        // end
    }
}
