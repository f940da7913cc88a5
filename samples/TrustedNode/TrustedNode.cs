using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Indexer;

// snippet: class
/// <summary>An indexer's connection to its node, on any chain of NBitcoin: headers, then blocks, in order. It is dialled again whenever it ends.</summary>
internal sealed class TrustedNode : IAsyncDisposable
{
    private const int BlocksAtOnce = 16;

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PeerNetwork _network;

    public TrustedNode(Network chain, EndPoint node, Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions
        {
            Chain = chain.ToChainParameters(),
            TargetOutbound = 0, // This node and no other.
            PermanentPeers = [node],
            Protocol = new() { UserAgent = $"/indexer-{Guid.NewGuid():N}/" }, // By which the node's getpeerinfo tells who this is.
            OnPeer = async (peer, token) =>
            {
                await peer.SendAsync(new SendHeadersPayload(), token);
                _news.Writer.TryWrite(true);
            },
            Configure = static manager => manager.MaxRetryDuration = TimeSpan.FromMinutes(1),
        };
        options.OnPayload<HeadersPayload>((_, _, _) => { _news.Writer.TryWrite(true); return default; });
        configure?.Invoke(options);
        _network = new(options);
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => _network.StartAsync(cancellationToken);

    /// <summary>Follows the node from the tip of a chain, which it extends. After a reorganization, the block's parent is an earlier one.</summary>
    public async IAsyncEnumerable<Block> FollowAsync(SlimChain chain, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var blocks = await FetchAsync(chain, cancellationToken);
            foreach (var block in blocks)
            {
                chain.TrySetTip(block.GetHash(), block.Header.HashPrevBlock);
                yield return block;
            }

            if (blocks.Length == 0)
                await _news.Reader.ReadAsync(cancellationToken); // A new block, or a new connection.
        }
    }

    private async Task<Block[]> FetchAsync(SlimChain chain, CancellationToken cancellationToken)
    {
        var node = await _network.GetPeerAsync(cancellationToken: cancellationToken);
        try
        {
            // An announcement that arrives meanwhile is an answer too, if it continues what is known.
            var headers = await node.RequestAsync<HeadersPayload>(
                new GetHeadersPayload(chain.GetTipLocator()),
                answer => answer.Headers.Count == 0 || chain.TryGetHeight(answer.Headers[0].HashPrevBlock, out _),
                cancellationToken: cancellationToken);
            return await Task.WhenAll(headers.Headers.Take(BlocksAtOnce).Select(async header =>
            {
                var hash = header.GetHash();
                var getData = new GetDataPayload(new InventoryVector(Inventory.MSG_WITNESS_BLOCK, hash));
                return (await node.RequestAsync<BlockPayload>(getData, answer => answer.Object.GetHash() == hash, cancellationToken: cancellationToken)).Object;
            }));
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            node.Close(e.Message); // It is stuck, or gone: the connection that follows is news.
            return [];
        }
    }

    public ValueTask DisposeAsync() => _network.DisposeAsync();
}
// end
