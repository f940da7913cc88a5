using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>How a program uses a real node as a peer: by address, by messages, and to announce a transaction.</summary>
public sealed class UsePeersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A node that is asked for witnesses by their flag only if this side offers them gets them in each case.</summary>
    [Theory]
    [InlineData(false, NodeServices.None)]
    [InlineData(false, NodeServices.Witness)]
    [InlineData(true, NodeServices.None)]
    public async Task AnnouncedTransaction_IsFetchedAndAccepted(bool sendsWtxidRelay, NodeServices services)
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var transaction = await Transactions.CreateAsync(node, Cancellation);
        var decoded = await node.CallAsync("decoderawtransaction", Cancellation, Convert.ToHexString(transaction));
        var (txid, wtxid) = (decoded.GetProperty("txid").GetString()!, decoded.GetProperty("hash").GetString()!);
        Assert.NotEqual(txid, wtxid, StringComparer.Ordinal);

        await using var network = Network(options => options.Protocol = new() { WtxidRelay = sendsWtxidRelay, Services = services });
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        using var announcement = network.AnnounceTransaction(Transactions.ToWire(txid), Transactions.ToWire(wtxid), _ => new((ReadOnlyMemory<byte>?)transaction));
        Assert.Equal(1, announcement.Announced);
        Assert.Same(peer, await announcement.WatchFetchesAsync(Cancellation).FirstAsync(Cancellation));
        await Poll.UntilAsync(
            async token => (await node.CallAsync("getrawmempool", token)).EnumerateArray().Any(entry => string.Equals(entry.GetString(), txid, StringComparison.Ordinal)),
            () => "the node did not take the transaction",
            Cancellation);
    }

    [Fact]
    public async Task Peer_ByAddress_AnswersWhatIsBroadcast_AndItsEndIsKnown()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await using var network = Network();
        await network.StartAsync(Cancellation);
        var waiting = network.GetPeerAsync(peer => Equals(peer.RemoteEndPoint, node.EndPoint), cancellationToken: Cancellation);
        var connected = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        Assert.Same(connected, await waiting);
        Assert.Same(connected, await network.ConnectPeerAsync(node.EndPoint, Cancellation));

        var answered = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var pongs = network.Subscribe(MessageCommand.Pong, (_, message, _) =>
        {
            answered.TrySetResult(message.Payload.ToArray());
            return default;
        });
        byte[] nonce = [1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Same(connected, Assert.Single((await network.BroadcastAsync(MessageCommand.Ping, nonce, cancellationToken: Cancellation)).Taken));
        Assert.Equal(nonce, await answered.Task.WaitAsync(Cancellation));

        await using var watch = network.WatchPeersAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await watch.MoveNextAsync());
        await node.KillAsync();
        Assert.True(await watch.MoveNextAsync());
        Assert.True(Assert.IsType<PeerLeft>(watch.Current).Reason.Cause is DisconnectCause.PeerClosed or DisconnectCause.Reset);
        Assert.Equal(ConnectFailureCause.Refused, (await Assert.ThrowsAsync<ConnectFailedException>(() => network.ConnectPeerAsync(node.EndPoint, Cancellation))).Cause);
    }

    private static PeerNetwork Network(Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = 0 };
        configure?.Invoke(options);
        return new PeerNetwork(options);
    }
}
