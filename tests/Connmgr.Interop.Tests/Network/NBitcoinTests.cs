using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.Interop;

/// <summary>NBitcoin's payloads and its Node with a real node.</summary>
public sealed class NBitcoinTests
{
    /// <summary>An address of regtest whose key nobody knows: a witness program of zeros.</summary>
    private const string Nobody = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202";

    private const int Blocks = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestAsync_Payloads_GetsHeadersAndBlocks()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hashes = await MineAsync(node, Blocks);
        await using var network = Network();
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);

        var headers = await peer.RequestAsync<HeadersPayload>(
            new GetHeadersPayload(new BlockLocator { Blocks = { global::NBitcoin.Network.RegTest.GenesisHash } }), cancellationToken: Cancellation);
        Assert.Equal(hashes, headers.Headers.Select(static header => header.GetHash().ToString()), StringComparer.Ordinal);
        var wanted = headers.Headers[^1].GetHash();
        var block = await peer.RequestAsync<BlockPayload>(
            new GetDataPayload(new InventoryVector(global::NBitcoin.Protocol.InventoryType.MSG_WITNESS_BLOCK, wanted)), cancellationToken: Cancellation);
        Assert.Equal(wanted, block.Object.GetHash());
        Assert.True(block.Object.Check());
        Assert.Equal(Blocks, block.Object.GetCoinbaseHeight());
    }

    [Fact]
    public async Task ToNodeAsync_ProgramOfNBitcoin_SynchronizesItsChain()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hashes = await MineAsync(node, Blocks);
        await using var network = Network();
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        using var bridged = await peer.ToNodeAsync(global::NBitcoin.Network.RegTest, cancellationToken: Cancellation);

        // The call blocks its thread, as all of NBitcoin's do.
        var chain = await Task.Run(() => bridged.GetSlimChain(cancellationToken: Cancellation), Cancellation);
        Assert.Equal((Blocks, hashes[^1]), (chain.Height, chain.Tip.ToString()));
        bridged.DisconnectAsync();
        Assert.Equal(DisconnectCause.Closed, (await peer.Closed.WaitAsync(Cancellation)).Cause);
    }

    private static PeerNetwork Network() => new(new PeerNetworkOptions
    {
        Chain = global::NBitcoin.Network.RegTest.ToChainParameters(),
        TargetOutbound = 0,
    });

    /// <summary>Mines blocks; gets their hashes as they are printed.</summary>
    private static async Task<string[]> MineAsync(BitcoindNode node, int count) =>
        [.. (await node.CallAsync("generatetoaddress", Cancellation, count, Nobody)).EnumerateArray().Select(static hash => hash.GetString()!)];
}
