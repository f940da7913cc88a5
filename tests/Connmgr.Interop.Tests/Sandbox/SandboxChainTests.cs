using Connmgr.Testing;

namespace Connmgr.Interop;

/// <summary>The chain of the sandbox, as Bitcoin Core judges it.</summary>
public sealed class SandboxChainTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BlockChain_ItsBlocksAndFilters_AreThoseOfBitcoinCore()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Arguments = ["-blockfilterindex=1"] }, Cancellation);
        await using var sandbox = new SandboxNetwork(new() { BlockInterval = TimeSpan.FromHours(1) });
        var chain = sandbox.BlockChain;
        chain.Pay([0x00, 0x14, .. Enumerable.Repeat((byte)3, 20)], 120_00000000);
        var height = chain.Mine(2);
        await SubmitAsync(node, chain, 1, height);

        foreach (var each in (int[])[0, 1, 17, 128, 131, 200, height - 1, height])
            await AssertSameFilterAsync(node, chain, each);

        // A longer branch.
        var last = chain.Reorganize(4);
        await SubmitAsync(node, chain, height - 3, last);
        await AssertSameFilterAsync(node, chain, last - 1);
    }

    private static async Task SubmitAsync(BitcoindNode node, SandboxChain chain, int from, int to)
    {
        for (var height = from; height <= to; height++)
        {
            var fault = (await node.CallAsync("submitblock", Cancellation, Convert.ToHexStringLower(chain.GetBlock(height).Span))).GetString();
            Assert.True(fault is null or "inconclusive", $"block {height}: {fault}"); // The first blocks of a branch can't be judged.
        }

        Assert.Equal(to, (await node.CallAsync("getblockcount", Cancellation)).GetInt32());
        Assert.Equal(Text(chain.GetHash(to)), (await node.CallAsync("getbestblockhash", Cancellation)).GetString());
    }

    private static async Task AssertSameFilterAsync(BitcoindNode node, SandboxChain chain, int height)
    {
        await Poll.UntilAsync(
            async token => (await node.CallAsync("getindexinfo", token)).GetProperty("basic block filter index").GetProperty("synced").GetBoolean(), () => "the index of filters is not built", Cancellation);
        var filter = await node.CallAsync("getblockfilter", Cancellation, Text(chain.GetHash(height)));
        Assert.Equal(Convert.ToHexStringLower(chain.GetFilter(height).Span), filter.GetProperty("filter").GetString());
        Assert.Equal(Text(chain.Read(state => state.Blocks[height].FilterHeader).ToArray()), filter.GetProperty("header").GetString());
    }

    private static string Text(ReadOnlyMemory<byte> hash)
    {
        var bytes = hash.ToArray();
        Array.Reverse(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
