using Connmgr.Bitcoin;
using Connmgr.Testing;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;
using NodeServices = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin.Tests;

/// <summary>The code of the guide.</summary>
public class SandboxGuideTests
{
    // snippet: wallet
    [Fact]
    public async Task Wallet_InTheSandbox_FindsItsPayment()
    {
        await using var sandbox = new SandboxNetwork(new() { RestlessShare = 0, SlowShare = 0, HostileShare = 0, BlockInterval = TimeSpan.FromHours(1) });
        var options = new PeerNetworkOptions { Protocol = new() { RequiredServices = NodeServices.Network | NodeServices.Witness } };
        sandbox.Attach(options);
        await using var network = new PeerNetwork(options);
        await network.StartAsync();
        var peer = await network.GetPeerAsync();

        var key = new Key();
        sandbox.BlockChain.Pay(key.PubKey.WitHash.ScriptPubKey.ToBytes(), satoshis: 100_000);
        sandbox.BlockChain.Mine();

        var chain = new ConcurrentChain(Network.RegTest);
        var headers = await peer.RequestAsync<HeadersPayload>(new GetHeadersPayload(chain.Tip.GetLocator()));
        headers.Headers.ForEach(header => Assert.True(chain.TrySetTip(header, out _)));
        var tip = new InventoryVector(Inventory.MSG_WITNESS_BLOCK, chain.Tip.HashBlock);
        var block = await peer.RequestAsync<BlockPayload>(new GetDataPayload(tip));

        var coins = block.Object.Transactions.SelectMany(transaction => transaction.Outputs.AsCoins());
        Assert.Contains(coins, coin => coin.ScriptPubKey == key.PubKey.WitHash.ScriptPubKey && coin.Amount == Money.Satoshis(100_000));
    }
    // end
}
