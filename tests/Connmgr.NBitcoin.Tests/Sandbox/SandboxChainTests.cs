using Connmgr.Bitcoin;
using Connmgr.Testing;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;
using NodeServices = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin.Tests;

/// <summary>The chain of the sandbox, as a wallet of NBitcoin sees it.</summary>
public class SandboxChainTests
{
    private static readonly Network Rules = Network.RegTest;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetBlock_EachBlock_IsValid()
    {
        await using var sandbox = new SandboxNetwork(new() { BlockInterval = TimeSpan.FromHours(1) });
        sandbox.BlockChain.Pay(new Key().PubKey.WitHash.ScriptPubKey.ToBytes(), 70_00000000);
        var chain = new ConcurrentChain(Rules);
        Assert.Equal(201, sandbox.BlockChain.Mine());

        for (var height = 1; height <= 201; height++)
        {
            var block = Block.Load(sandbox.BlockChain.GetBlock(height).ToArray(), Rules);
            Assert.True(block.Check());
            Assert.True(block.CheckMerkleRoot());
            Assert.Equal(height, block.GetCoinbaseHeight());
            Assert.True(chain.TrySetTip(block.Header, out var added));
            Assert.True(added.Validate(Rules));
            Assert.Equal(new uint256(sandbox.BlockChain.GetHash(height).Span), block.GetHash());
            Assert.Equal(block.Header.ToBytes(), sandbox.BlockChain.GetHeader(height).ToArray());
            var filter = new GolombRiceFilter(sandbox.BlockChain.GetFilter(height).ToArray());
            var scripts = block.Transactions.SelectMany(static transaction => transaction.Outputs).Select(static output => output.ScriptPubKey.ToBytes())
                .Where(static script => script[0] != (byte)OpcodeType.OP_RETURN);
            Assert.All(scripts, script => Assert.True(filter.Match(script, block.GetHash().ToBytes()[..16])));
        }

        Assert.Equal(201, chain.Height);
    }

    /// <summary>A wallet: follows headers, is paid, finds the payment by filters, fetches its block, sends coins of its own, and sees a reorganization.</summary>
    [Fact]
    public async Task Wallet_InTheSandbox_FollowsTheChainAndSends()
    {
        await using var sandbox = new SandboxNetwork(new() { DeadShare = 0, SlowShare = 0, RestlessShare = 0, HostileShare = 0, ResettingShare = 0, SilentShare = 0, BlockInterval = TimeSpan.FromHours(1) });
        var announced = new NewsOf();
        var options = new PeerNetworkOptions
        {
            TargetOutbound = 2,
            Protocol = new BitcoinPeerOptions { RequiredServices = NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters, Relay = true },
            OnMessage = announced.TakeAsync,
        };
        sandbox.Attach(options);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        var peers = (await network.GetPeersAsync(Cancellation)).Select(static found => found.Peer).ToArray();
        var peer = peers[0];
        await peer.SendAsync(new SendHeadersPayload(), Cancellation);

        // Headers, from the genesis block that all know.
        var chain = new ConcurrentChain(Rules);
        await FollowAsync(chain, peer);
        Assert.Equal((sandbox.Height, Hash(sandbox, sandbox.Height)), (chain.Height, chain.Tip.HashBlock));

        // A payment to us, and its block.
        var key = new Key();
        var script = key.PubKey.WitHash.ScriptPubKey;
        var id = new uint256(sandbox.BlockChain.Pay(script.ToBytes(), 1_00000000).Span);
        await announced.SeenAsync(item => item.Type is Inventory.MSG_TX or (Inventory)5);
        var height = sandbox.BlockChain.Mine();
        await announced.HeaderSeenAsync(Hash(sandbox, height));
        await FollowAsync(chain, peer);

        // Found by its filter.
        var filters = await peer.RequestAsync<CompactFilterPayload>(new GetCompactFiltersPayload(FilterType.Basic, (uint)height, Hash(sandbox, height)), cancellationToken: Cancellation);
        Assert.Equal(Hash(sandbox, height), filters.BlockHash);
        Assert.True(new GolombRiceFilter(filters.FilterBytes).Match(script.ToBytes(), filters.BlockHash.ToBytes()[..16]));
        var block = (await peer.RequestAsync<BlockPayload>(new GetDataPayload(new InventoryVector(Inventory.MSG_WITNESS_BLOCK, Hash(sandbox, height))), cancellationToken: Cancellation)).Object;
        var received = Assert.Single(block.Transactions, transaction => transaction.GetHash() == id);
        var plain = (await peer.RequestAsync<BlockPayload>(new GetDataPayload(new InventoryVector(Inventory.MSG_BLOCK, Hash(sandbox, height))), cancellationToken: Cancellation)).Object;
        Assert.Equal(block.GetHash(), plain.GetHash());
        Assert.All(plain.Transactions, static transaction => Assert.False(transaction.HasWitness));

        // We spend it: the other peers announce it, and the next block has it.
        var coin = received.Outputs.AsCoins().Single(output => output.ScriptPubKey == script);
        var builder = Rules.CreateTransactionBuilder();
        var spend = builder.AddCoins(coin).AddKeys(key).Send(new Key().PubKey.WitHash.ScriptPubKey, Money.Coins(0.4m)).SendFees(Money.Satoshis(500)).SetChange(script).BuildTransaction(sign: true);
        await peer.SendAsync(new InvPayload(Inventory.MSG_TX, spend.GetHash()), Cancellation);
        await announced.SeenAsync(item => item.Hash == spend.GetHash(), "getdata");
        await peer.SendAsync(new TxPayload(spend), Cancellation);
        await announced.SeenAsync(item => item.Hash == spend.GetHash() || item.Hash == spend.GetWitHash());
        var mined = sandbox.BlockChain.Mine();
        Assert.Contains(spend.GetHash(), Block.Load(sandbox.BlockChain.GetBlock(mined).ToArray(), Rules).Transactions.Select(static transaction => transaction.GetHash()));

        // Another branch.
        await FollowAsync(chain, peer);
        var old = chain.Tip.HashBlock;
        sandbox.BlockChain.Reorganize(2);
        await announced.HeaderSeenAsync(Hash(sandbox, sandbox.Height));
        await FollowAsync(chain, peer);
        Assert.Equal((mined + 1, Hash(sandbox, mined + 1)), (chain.Height, chain.Tip.HashBlock));
        Assert.False(chain.Contains(old));

        // The filters' headers, and their checkpoints.
        var hashes = await peer.RequestAsync<CompactFilterHeadersPayload>(new GetCompactFilterHeadersPayload(FilterType.Basic, 0, chain.Tip.HashBlock), cancellationToken: Cancellation);
        Assert.Equal(chain.Height + 1, hashes.FilterHeaders.Count);
        Assert.Equal(uint256.Zero, hashes.PreviousFilterHeader);
        sandbox.BlockChain.Mine(1_000);
        await FollowAsync(chain, peer);
        var points = await peer.RequestAsync<CompactFilterCheckPointPayload>(new GetCompactFilterCheckPointPayload(FilterType.Basic, chain.Tip.HashBlock), cancellationToken: Cancellation);
        Assert.Single(points.FilterHeaders);
    }

    private static uint256 Hash(SandboxNetwork sandbox, int height) => new(sandbox.BlockChain.GetHash(height).Span);

    private static async Task FollowAsync(ConcurrentChain chain, BitcoinPeer peer)
    {
        while (true)
        {
            var request = new GetHeadersPayload(chain.Tip.GetLocator());
            var answer = await peer.RequestAsync<HeadersPayload>(request, cancellationToken: Cancellation);
            if (answer.Headers.Count == 0)
                return;
            foreach (var header in answer.Headers)
                Assert.True(chain.TrySetTip(header, out _));
        }
    }

    /// <summary>What peers say without being asked.</summary>
    private sealed class NewsOf
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<(string Command, Payload Payload)> _all = new();

        public ValueTask TakeAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken token)
        {
            if (message.TryReadPayload(Rules, out var payload) && payload is not null)
                _all.Enqueue((message.Command.ToString(), payload));
            return default;
        }

        public Task SeenAsync(Func<InventoryVector, bool> what, string command = "inv") => Eventually.TrueAsync(() => _all.Any(each => string.Equals(each.Command, command, StringComparison.Ordinal)
            && each.Payload switch
            {
                InvPayload inv => inv.Any(what),
                GetDataPayload data => data.Inventory.Any(what),
                _ => false,
            }));

        public Task HeaderSeenAsync(uint256 hash) =>
            Eventually.TrueAsync(() => _all.Any(each => each.Payload is HeadersPayload headers && headers.Headers.Any(header => header.GetHash() == hash)));
    }
}
