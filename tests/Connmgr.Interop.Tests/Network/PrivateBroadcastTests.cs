using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A private broadcast through a real Tor network, to a real node.</summary>
[Collection(nameof(TorNetwork))]
public sealed class PrivateBroadcastTests(TorNetwork tor)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Checks the whole way: through Tor to one node, from that to another, which announces the transaction to us.</summary>
    [Fact]
    public async Task BroadcastPrivately_ThroughTor_ReachesANodeAndReturnsFromAnother()
    {
        tor.Require();
        await using var near = await StartAsync("20.1.0.2");
        await using var far = await StartAsync("20.1.0.3");
        var transaction = await Transactions.CreateAsync(near, Cancellation);
        await far.CallAsync("addnode", Cancellation, near.EndPoint.ToString(), "add");
        await Poll.UntilAsync(
            async token => (await far.CallAsync("getblockcount", token)).GetInt32() > 100, () => "the second node does not get the blocks", Cancellation);
        await using var service = new RunningController(tor, TorNetwork.Control, new TorControllerOptions
        {
            OnionService = new OnionServiceOptions { Target = far.EndPoint, VirtualPort = 18444 },
        });
        var onion = (await service.Tor.WaitAsync(state => state.IsOnionServicePublished, Cancellation)).OnionService!.Value;

        var dialer = new NetworkDialer(new NetworkDialerOptions { Rules = ProxyRules.All(TorNetwork.SecondSocks) });
        var book = new AddressBook();
        book.Add(new PeerAddress(onion, (ulong)(NodeServices.Network | NodeServices.Witness | NodeServices.P2PV2), TimeProvider.System.GetUtcNow()), onion.Address);
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = book,
            Dial = tor.Inside(dialer.DialAsync),
            ReachableNetworks = AddressNetworks.TorV3,
            TargetOutbound = 0,
            Protocol = new() { Relay = true },
        });
        await network.StartAsync(Cancellation);
        await network.ConnectPeerAsync(near.EndPoint, Cancellation);
        var result = await network.BroadcastPrivatelyAsync(transaction, new() { Recipients = 1 }, Cancellation);

        var decoded = await near.CallAsync("decoderawtransaction", Cancellation, Convert.ToHexString(transaction));
        Assert.Equal((1, 1, true), (result.Recipients, result.Attempts, result.IsReturned));
        Assert.Equal(Transactions.ToWire(decoded.GetProperty("txid").GetString()!), result.TxId.ToArray());
        Assert.Equal(Transactions.ToWire(decoded.GetProperty("hash").GetString()!), result.WtxId.ToArray());
        await far.WaitForLogAsync("/pynode:0.0.1/", Cancellation);
    }

    private Task<BitcoindNode> StartAsync(string address) =>
        BitcoindNode.StartAsync(new BitcoindOptions { Network = tor.Network, Address = IPAddress.Parse(address) }, Cancellation);
}
