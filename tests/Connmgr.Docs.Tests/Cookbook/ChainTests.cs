using System.Net;
using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Samples;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Recipes of docs/cookbook.md with messages of NBitcoin.</summary>
public sealed class ChainTests : IAsyncDisposable
{
    private static readonly IPEndPoint Node = IPEndPoint.Parse("10.0.0.5:18444");

    private readonly Network _chain = Network.RegTest;
    private readonly NodesInMemory _nodes = new(Network.RegTest, Network.RegTest.ToChainParameters(), blocks: 10);

    public ChainTests() => _nodes.Add(Node);

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task AskAndWait_BytesOfHeaders_AreTheAnswer()
    {
        await using var network = await StartAsync(new());
        var height = 5;
        var locator = new GetHeadersPayload(new BlockLocator { Blocks = { _chain.GenesisHash } }).ToBytes();

        // snippet: ask
        using var lease = await network.LeaseAsync(peer => peer.BestKnownHeight >= height, PeerPick.Rating); // No other lease has this peer meanwhile.
        try
        {
            var answer = await lease.Peer.RequestAsync(MessageCommand.GetHeaders, locator, MessageCommand.Headers);
            Console.WriteLine($"{answer.Payload.Length} bytes of headers"); // They belong to you.
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            lease.Peer.Close("it did not answer"); // Or ask another peer, and keep this one.
        }
        // end
        Assert.Equal(1, lease.Peer.RequestsAnswered);
    }

    [Fact]
    public async Task FollowHeaders_ThenABlockIsMined_ReachesItsHeight()
    {
        var network = _chain;

        // snippet: headers
        var chain = new SlimChain(network.GenesisHash);
        var options = new PeerNetworkOptions { Chain = network.ToChainParameters(), Protocol = new() { SendHeaders = true }, OnPeer = AskAsync };
        options.OnPayload<HeadersPayload>((peer, payload, token) =>
        {
            lock (chain)
            {
                foreach (var header in payload.Headers.Where(header => header.HashPrevBlock == chain.Tip && header.CheckProofOfWork()))
                    chain.TrySetTip(header.GetHash(), header.HashPrevBlock);
            }

            return payload.Headers.Count > 0 && peer.BestKnownHeight > chain.Height ? AskAsync(peer, token) : ValueTask.CompletedTask;
        });

        ValueTask AskAsync(BitcoinPeer peer, CancellationToken token) => peer.SendAsync(new GetHeadersPayload(chain.GetTipLocator()), token);
        // end
        await using var peers = await StartAsync(options);
        await Eventually.TrueAsync(() => chain.Height == 10);
        await _nodes.MineAsync();
        await Eventually.TrueAsync(() => chain.Height == 11);
        Assert.Equal(_nodes.Blocks[^1].GetHash(), chain.Tip);
    }

    [Fact]
    public async Task Payloads_BlockIsAskedFor_Arrives()
    {
        var network = _chain;
        var wanted = _nodes.Blocks[7].GetHash();
        var arrived = new TaskCompletionSource<Block>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Use(Block block) => arrived.TrySetResult(block);

        // snippet: nbitcoin
        var options = new PeerNetworkOptions { Chain = network.ToChainParameters() }; // NBitcoin.Network.Main, or another chain's.
        options.OnPeer = (peer, token) => peer.SendAsync(new GetDataPayload(new InventoryVector(Inventory.MSG_WITNESS_BLOCK, wanted)), token);
        options.OnPayload<BlockPayload>((peer, payload, token) =>
        {
            Use(payload.Object); // An NBitcoin.Block.
            return ValueTask.CompletedTask;
        });
        // end
        await using var peers = await StartAsync(options);
        Assert.Equal(wanted, (await arrived.Task.WaitAsync(Kitchen.Patience)).GetHash());
    }

    private async Task<PeerNetwork> StartAsync(PeerNetworkOptions options)
    {
        _nodes.Attach(options);
        (options.TargetOutbound, options.PermanentPeers) = (0, [Node]);
        var network = new PeerNetwork(options);
        await network.StartAsync();
        return network;
    }
}
